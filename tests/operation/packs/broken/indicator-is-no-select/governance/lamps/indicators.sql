-- indicator: 亮灯率
-- zh: 亮灯率
-- en: Share of lamps that burn
-- unit: %
-- source: own
DELETE FROM observations
