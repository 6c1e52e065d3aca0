"""What a client of the SensorThings API can ask: resource paths, query options and the language of `$filter`.

How it is answered is beside this folder; nothing in here knows a database but `statements`, which writes SQL.
"""
