"""What people write for the unit codes that attributes bear. Source: UN/CEFACT recommendation 20; NGSI-LD clause 4.5.2."""

SYMBOLS = {
    **{"MTR": "m", "KMT": "km", "DMT": "dm", "CMT": "cm", "MMT": "mm", "4H": "µm", "SMI": "mile"},
    **{"MTK": "m²", "KMK": "km²", "CMK": "cm²", "MMK": "mm²", "HAR": "ha"},
    **{"MTQ": "m³", "CMQ": "cm³", "DMQ": "dm³", "LTR": "L", "MLT": "mL", "HLT": "hL"},
    **{"SEC": "s", "C26": "ms", "B98": "µs", "MIN": "min", "HUR": "h", "DAY": "d", "ANN": "a"},
    **{"KMH": "km/h", "MTS": "m/s", "C16": "mm/s", "2X": "m/min", "H67": "mm/h", "RPM": "r/min"},
    **{"KGM": "kg", "GRM": "g", "MGM": "mg", "TNE": "t"},
    **{"CEL": "°C", "KEL": "K", "FAH": "°F"},
    **{"PAL": "Pa", "A97": "hPa", "KPA": "kPa", "MPA": "MPa", "BAR": "bar", "MBR": "mbar"},
    **{"WTT": "W", "KWT": "kW", "MAW": "MW", "D54": "W/m²", "D46": "V·A", "KVA": "kV·A", "KVR": "kvar"},
    **{"JOU": "J", "KJO": "kJ", "3B": "MJ", "GV": "GJ", "WHR": "Wh", "KWH": "kWh", "MWH": "MWh", "GWH": "GWh"},
    **{"VLT": "V", "2Z": "mV", "KVT": "kV", "AMP": "A", "4K": "mA", "OHM": "Ω"},
    **{"HTZ": "Hz", "KHZ": "kHz", "MHZ": "MHz", "A86": "GHz", "2N": "dB"},
    **{"LUX": "lx", "LUM": "lm", "CDL": "cd", "A24": "cd/m²"},
    **{"MQS": "m³/s", "MQH": "m³/h", "G51": "L/s", "L2": "L/min", "E32": "L/h"},
    **{"GQ": "µg/m³", "GP": "mg/m³", "KMQ": "kg/m³", "M1": "mg/L", "GL": "g/L", "23": "g/cm³"},
    **{"P1": "%", "59": "ppm", "61": "ppb", "Q30": "pH", "DD": "°", "C81": "rad", "NEW": "N", "NU": "N·m"},
    **{"A99": "bit", "AD": "B", "2P": "kB", "4L": "MB", "E34": "GB", "C62": ""},
}
"""The usual symbol of a code; none for the number one."""


def symbol(code: str) -> str:
    """The symbol of a unit; the code itself where no usual one is known.

    >>> symbol("CEL"), symbol("C62"), symbol("XYZ")
    ('°C', '', 'XYZ')
    """
    return SYMBOLS.get(code, code)
