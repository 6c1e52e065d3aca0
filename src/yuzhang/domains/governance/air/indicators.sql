-- The plan's figures of the air, from the city's own stations. One SELECT an indicator; its columns `period` and `value` are the figure,
-- `days` says how many days it stands on. Simulated stations (urn:ngsi-ld:AirQualityObserved:sim:…) are left out. Days are those of China
-- (UTC+8). Validity as GB 3095 and HJ 663 ask for: 20 hours a day; of ozone six of eight hours, and 14 such means between 8 and 24 o'clock,
-- or fewer where the highest is above the limit already; 324 days a year. Values count in µg/m³, CO in mg/m³; a value in mg/m³ or µg/m³
-- (unitCode GP, GQ) is converted, one without a unit is in the model's, one in any other unit does not count. A city's day is the mean of
-- its stations, stated as a report does, and judged by the edition of HJ 633 that held then.

-- indicator: 空气质量优良天数比例
-- zh: 空气质量优良天数比例
-- en: Share of days with good or excellent air
-- unit: %
-- source: HJ 633—2012, HJ 633—2026（2026-03-01 起）
WITH hours AS (
    SELECT entity, attribute AS pollutant, date_trunc('hour', time + INTERVAL 8 HOUR) AS hour, avg(
            value * CASE
                WHEN attribute = 'co' AND unit IN ('GQ', 'ug/m3') THEN 0.001
                WHEN attribute <> 'co' AND unit IN ('GP', 'mg/m3') THEN 1000
                ELSE 1
            END
        ) AS value
    FROM observations
    WHERE type = 'AirQualityObserved' AND entity NOT LIKE 'urn:ngsi-ld:AirQualityObserved:sim:%'
        AND attribute IN ('pm25', 'pm10', 'so2', 'no2', 'o3', 'co') AND value >= 0
        AND (unit IS NULL OR unit IN ('GQ', 'ug/m3', 'GP', 'mg/m3'))
    GROUP BY ALL
),
eight AS (
    SELECT entity, pollutant, hour, avg(value) OVER span AS value, count(*) OVER span AS hours
    FROM hours
    WHERE pollutant = 'o3'
    WINDOW span AS (
        PARTITION BY entity, hour::DATE ORDER BY hour RANGE BETWEEN INTERVAL 7 HOUR PRECEDING AND CURRENT ROW
    )
),
stations AS (
    SELECT entity, pollutant, hour::DATE AS day, avg(value) AS value
    FROM hours WHERE pollutant <> 'o3' GROUP BY ALL HAVING count(*) >= 20
    UNION ALL
    SELECT entity, pollutant, hour::DATE AS day, max(value) AS value
    FROM eight WHERE hours >= 6 AND hour(hour) >= 7 GROUP BY ALL
    HAVING count(*) >= 14 OR max(value) > 160
),
city AS (
    SELECT pollutant, day, CASE WHEN pollutant = 'co' THEN round_even(avg(value), 1) ELSE round_even(avg(value), 0) END AS value
    FROM stations GROUP BY pollutant, day
),
days AS (
    SELECT
        day,
        bool_and(
            value <= CASE pollutant
                WHEN 'pm25' THEN CASE WHEN day >= DATE '2026-03-01' THEN 60 ELSE 75 END
                WHEN 'pm10' THEN CASE WHEN day >= DATE '2026-03-01' THEN 120 ELSE 150 END
                WHEN 'so2' THEN 150
                WHEN 'no2' THEN 80
                WHEN 'o3' THEN 160
                ELSE 4
            END
        ) AS good
    FROM city GROUP BY ALL HAVING count(*) = 6
)
SELECT strftime(day, '%Y') AS period, round(100.0 * count(*) FILTER (WHERE good) / count(*), 1) AS value, count(*) AS days
FROM days
GROUP BY ALL
HAVING count(*) >= 324
ORDER BY period;

-- indicator: PM2.5年均浓度
-- zh: PM2.5年均浓度
-- en: Mean concentration of PM2.5 over the year
-- unit: 微克/立方米
-- source: GB 3095, HJ 663
WITH hours AS (
    SELECT entity, date_trunc('hour', time + INTERVAL 8 HOUR) AS hour,
        avg(value * CASE WHEN unit IN ('GP', 'mg/m3') THEN 1000 ELSE 1 END) AS value
    FROM observations
    WHERE type = 'AirQualityObserved' AND entity NOT LIKE 'urn:ngsi-ld:AirQualityObserved:sim:%'
        AND attribute = 'pm25' AND value >= 0
        AND (unit IS NULL OR unit IN ('GQ', 'ug/m3', 'GP', 'mg/m3'))
    GROUP BY ALL
),
stations AS (
    SELECT entity, hour::DATE AS day, avg(value) AS value FROM hours GROUP BY ALL HAVING count(*) >= 20
),
city AS (SELECT day, avg(value) AS value FROM stations GROUP BY ALL)
SELECT strftime(day, '%Y') AS period, round(avg(value), 1) AS value, count(*) AS days
FROM city
GROUP BY ALL
HAVING count(*) >= 324
ORDER BY period;
