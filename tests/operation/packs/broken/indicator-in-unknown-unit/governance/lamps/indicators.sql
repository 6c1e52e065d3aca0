-- indicator: 亮灯率
-- zh: 亮灯率
-- en: Share of lamps that burn
-- unit: furlong
-- source: own
SELECT '2026' AS period, 1.0 AS value FROM series
