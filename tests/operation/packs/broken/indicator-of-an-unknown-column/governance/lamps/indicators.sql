-- indicator: 亮灯率
-- zh: 亮灯率
-- en: Share of lamps that burn
-- unit: %
-- source: own
SELECT '2026' AS period,
  avg(valeu) AS value
FROM observations
