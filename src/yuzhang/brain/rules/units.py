"""Units as rules are written in, UCUM, beside the codes that models have, UN/CEFACT recommendation 20.

Source: The Unified Code for Units of Measure 2.1; UN/CEFACT recommendation 20, revision 17.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: what it measures, and how many of that measure's own unit it is."""

    ucum: str
    code: str
    measure: str
    size: float


_TABLE = """
m MTR length 1|km KMT length 1000|dm DMT length 0.1|cm CMT length 0.01|mm MMT length 0.001|um 4H length 1e-6
m2 MTK area 1|km2 KMK area 1e6|ar FF area 100|har HAR area 1e4|m3 MTQ volume 1|L LTR volume 0.001|mL MLT volume 1e-6
s SEC time 1|ms C26 time 0.001|min MIN time 60|h HUR time 3600|d DAY time 86400|a ANN year 1
m/s MTS speed 1|km/h KMH speed 0.2777777777777778|mm/s C16 speed 0.001|mm/h H67 speed 2.777777777777778e-7
kg KGM mass 1|g GRM mass 0.001|mg MGM mass 1e-6|t TNE mass 1000
Cel CEL celsius 1|K KEL kelvin 1|[degF] FAH fahrenheit 1
Pa PAL pressure 1|hPa A97 pressure 100|kPa KPA pressure 1000|MPa MPA pressure 1e6|bar BAR pressure 1e5|mbar MBR pressure 100
W WTT power 1|kW KWT power 1000|MW MAW power 1e6|W/m2 D54 irradiance 1|V.A D46 apparent 1|kV.A KVA apparent 1000
J JOU energy 1|kJ KJO energy 1000|MJ 3B energy 1e6|GJ GV energy 1e9|W.h WHR energy 3600|kW.h KWH energy 3.6e6|MW.h MWH energy 3.6e9
V VLT voltage 1|mV 2Z voltage 0.001|kV KVT voltage 1000|A AMP current 1|mA 4K current 0.001|Ohm OHM resistance 1
Hz HTZ frequency 1|kHz KHZ frequency 1000|MHz MHZ frequency 1e6|/min RPM turning 1
dB 2N level 1|dB[SPL] 2N level 1|dB[mW] DBM signal 1|lx LUX illuminance 1|lm LUM flux 1|cd CDL intensity 1|cd/m2 A24 luminance 1
m3/s MQS flow 1|m3/h MQH flow 2.777777777777778e-4|L/s G51 flow 0.001|L/min L2 flow 1.6666666666666667e-5
ug/m3 GQ concentration 1e-9|mg/m3 GP concentration 1e-6|mg/L M1 concentration 0.001|g/L GL concentration 1|kg/m3 KMQ concentration 1
% P1 share 0.01|1 C62 share 1|[ppm] 59 share 1e-6|[ppb] 61 share 1e-9|[pH] Q30 acidity 1
deg DD angle 1|rad C81 angle 57.29577951308232|N NEW force 1|N.m NU torque 1
By AD data 1|kBy 2P data 1000|MBy 4L data 1e6|GBy E34 data 1e9
"""


def _read() -> dict[str, Unit]:
    rows = [cell.split() for line in _TABLE.strip().splitlines() for cell in line.split("|")]
    return {ucum: Unit(ucum, code, measure, float(size)) for ucum, code, measure, size in rows}


UNITS = _read()
BY_CODE = {one.code: one for one in reversed(UNITS.values())}


def unit_of(text: str) -> Unit | None:
    """A unit by its UCUM code, or by that of UN/CEFACT.

    >>> unit_of("cm").code, unit_of("MTR").ucum, unit_of("furlong")
    ('CMT', 'm', None)
    """
    return UNITS.get(text) or BY_CODE.get(text)


def factor(code: str, wanted: Unit) -> float | None:
    """What a value in the unit of a model's code is multiplied with to be in `wanted`; None if they measure different things.

    >>> factor("CMT", UNITS["m"]), factor("CMT", UNITS["s"])
    (0.01, None)
    """
    own = unit_of(code)
    if own is None:
        return 1.0 if code == wanted.code else None
    return own.size / wanted.size if own.measure == wanted.measure else None
