"""Warnings in CAP 1.2: the examples of the standard, feeds, cancellations, and XML that would do harm."""

import pytest
from fastapi.testclient import TestClient

from foundation.sources.connectors.conftest import present, ran, wish
from foundation.sources.connectors.site import Site
from yuzhang.core.access import OPERATOR
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.kinds.cap import CAP, MOST_ALERTS, Cap, CapSettings
from yuzhang.foundation.sources.connectors.mapping import mapping_of
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.dead import DeadLetters
from yuzhang.foundation.sources.dead import actions as letters
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload

STORM = b"""<?xml version = "1.0" encoding = "UTF-8"?>
<alert xmlns = "urn:oasis:names:tc:emergency:cap:1.2">
 <identifier>KSTO1055887203</identifier>
 <sender>KSTO@NWS.NOAA.GOV</sender>
 <sent>2003-06-17T14:57:00-07:00</sent>
 <status>Actual</status>
 <msgType>Alert</msgType>
 <scope>Public</scope>
 <info>
 <category>Met</category>
 <event>SEVERE THUNDERSTORM</event>
 <responseType>Shelter</responseType>
 <urgency>Immediate</urgency>
 <severity>Severe</severity>
 <certainty>Observed</certainty>
 <eventCode><valueName>SAME</valueName><value>SVR</value></eventCode>
 <expires>2003-06-17T16:00:00-07:00</expires>
 <senderName>NATIONAL WEATHER SERVICE SACRAMENTO CA</senderName>
 <headline>SEVERE THUNDERSTORM WARNING</headline>
 <description> AT 254 PM PDT...NATIONAL WEATHER SERVICE DOPPLER RADAR INDICATED A SEVERE THUNDERSTORM OVER SOUTH CENTRAL ALPINE COUNTY</description>
 <instruction>TAKE COVER IN A SUBSTANTIAL SHELTER UNTIL THE STORM PASSES.</instruction>
 <contact>BARUFFALDI/JUSKIE</contact>
 <area>
 <areaDesc>EXTREME NORTH CENTRAL TUOLUMNE COUNTY IN CALIFORNIA, EXTREME NORTHEASTERN CALAVERAS COUNTY IN CALIFORNIA</areaDesc>
 <polygon>38.47,-120.14 38.34,-119.95 38.52,-119.74 38.62,-119.89 38.47,-120.14</polygon>
 <geocode><valueName>SAME</valueName><value>006109</value></geocode>
 </area>
 </info>
</alert>
"""
"""Example A.2 of OASIS CAP-v1.2-os, shortened."""
ENTITY = "urn:ngsi-ld:Alert:KSTO1055887203"
CANCEL = (
    STORM.replace(b">Alert<", b">Cancel<")
    .replace(b"<scope>", b"<references>KSTO@NWS.NOAA.GOV,KSTO1055887203,2003-06-17T14:57:00-07:00</references><scope>")
    .replace(b"14:57:00-07:00</sent>", b"15:30:00-07:00</sent>")
    .replace(b"<identifier>KSTO1055887203", b"<identifier>X2")
)


def test_the_standards_thunderstorm_becomes_an_alert_with_its_polygon_and_is_cancelled(
    sources: Sources, elsewhere: Site, client: TestClient
) -> None:
    elsewhere.pages["/cap"] = STORM
    actions.add(sources, OPERATOR, "storms", wish("cap", {"url": f"{elsewhere.address}/cap"}, dict(CAP.mapping)))
    assert ran(sources, "storms").run.code == ""

    alert = present(client, ENTITY, "status")
    assert (alert["type"], alert["severity"]["value"], alert["subCategory"]["value"]) == (
        "Alert",
        "high",
        "SEVERE THUNDERSTORM",
    )
    assert alert["location"]["value"]["coordinates"][0][0] == [-120.14, 38.47]
    assert alert["status"]["value"] == "active"

    elsewhere.pages["/cap"] = CANCEL
    assert ran(sources, "storms").run.last_taken == 1
    present(client, ENTITY, "status", "cancelled")


def test_a_feed_names_alerts_and_one_that_cannot_be_read_stops_no_other(
    sources: Sources, elsewhere: Site, dead: DeadLetters
) -> None:
    elsewhere.pages["/feed"] = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link type="application/cap+xml" href="/bad"/></entry>'
        b'<entry><link href="/html"/><link type="application/cap+xml" href="/cap"/></entry></feed>'
    )
    elsewhere.pages["/bad"] = b"<alert>"
    elsewhere.pages["/cap"] = STORM
    actions.add(sources, OPERATOR, "storms", wish("cap", {"url": f"{elsewhere.address}/feed"}, dict(CAP.mapping)))

    shown = ran(sources, "storms")

    assert (shown.run.last_taken > 5, shown.run.refused) == (True, 1)
    [letter] = letters.letters(dead, OPERATOR, "storms")
    assert letter.code == "unreadable-payload"


def test_an_alert_that_is_away_holds_up_no_other_and_is_asked_for_again(
    sources: Sources, elsewhere: Site, client: TestClient
) -> None:
    elsewhere.pages["/feed"] = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/away"/></entry>'
        b'<entry><link type="application/cap+xml" href="/cap"/></entry></feed>'
    )
    elsewhere.pages["/cap"] = STORM
    actions.add(sources, OPERATOR, "storms", wish("cap", {"url": f"{elsewhere.address}/feed"}, dict(CAP.mapping)))

    assert ran(sources, "storms").run.last_taken > 5
    elsewhere.pages["/away"] = CANCEL
    ran(sources, "storms")

    present(client, ENTITY, "status", "cancelled")
    asked = len(elsewhere.asked)
    assert ran(sources, "storms").run.last_taken == 0
    assert len(elsewhere.asked) == asked + 1  # the feed, which has not changed


@pytest.mark.parametrize(
    "evil",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert><identifier>&x;</identifier></alert>',
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><alert><identifier>&b;</identifier></alert>',
        b"<alert><identifier>1</identifier></alert>",
        b"<html></html>",
        b"",
    ],
)
def test_xml_that_declares_entities_or_is_no_alert_is_refused(evil: bytes) -> None:
    with pytest.raises(UnreadablePayload):
        Cap(CapSettings(url="https://example.org"), mapping_of(dict(CAP.mapping))).read(evil)


def test_exercises_are_left_out_unless_they_are_wanted() -> None:
    exercise = STORM.replace(b">Actual<", b">Exercise<")
    mapping = mapping_of(dict(CAP.mapping))
    assert Cap(CapSettings(url="https://example.org"), mapping).read(exercise) == []
    assert len(Cap(CapSettings(url="https://example.org", tests=True), mapping).read(exercise)) == 1


def test_a_feed_of_more_alerts_than_are_read_at_once_says_so_and_names_those_that_are_left_out(
    sources: Sources, elsewhere: Site, dead: DeadLetters
) -> None:
    many = MOST_ALERTS + 3
    links = "".join(f'<entry><link href="{elsewhere.address}/one/{at}"/></entry>' for at in range(many))
    elsewhere.pages["/feed"] = f'<feed xmlns="http://www.w3.org/2005/Atom">{links}</feed>'.encode()
    for at in range(many):
        elsewhere.pages[f"/one/{at}"] = STORM.replace(b"KSTO1055887203<", f"A{at}<".encode())
    actions.add(sources, OPERATOR, "storms", wish("cap", {"url": f"{elsewhere.address}/feed"}, dict(CAP.mapping)))
    run = ran(sources, "storms").run
    assert (run.last_taken > 0, run.refused) == (True, 1)
    [letter] = letters.letters(dead, OPERATOR, "storms")
    assert f"names {many} alerts, of which the first {MOST_ALERTS} are read" in letter.detail.en
