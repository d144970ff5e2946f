"""What the demonstration is about: its schools, what they give their iPads, who looks after them.

Everything is fictional.
"""

from dataclasses import dataclass

from mdm.simulator.store import CATALOGUE
from profiles.payloads.restrictions import Restrictions
from profiles.payloads.wifi import Personal, WifiNetwork

CITY = "Beispielstadt"
LOGIN = "demo"
# What profiles name. iPads insist on https; the way there is played by the simulator's routes, in
# the place of a city's name service and proxy, and people have an address of their own.
DEVICE_URL = "https://geraete.beispielstadt.example"
TOPIC_ID = "klassensatz-demo"
WIFI_NAME = "WLAN"
RESTRICTIONS_NAME = "Einschränkungen"
APP = CATALOGUE[0]
GRADE = "9"
GRADE_WIFI_NAME = "WLAN Jahrgang 9"
GRADE_WIFI = WifiNetwork("Sued-Jahrgang-9", Personal("Neuntklaessler im Oktober"))
GRADE_RESTRICTIONS_NAME = "Regeln Jahrgang 9"
GRADE_RESTRICTIONS = Restrictions({"allowGameCenter": False})
GRADE_APP = CATALOGUE[3]
GRADE_PASSCODE = {"RequirePasscode": False, "MinimumLength": 6}
ATTEMPTS = 3
"""How often a person opens the link on an iPad before she gives up; each uses it once."""


@dataclass(frozen=True, slots=True)
class SchoolScript:
    """One school, one class of it, and what it gives them."""

    number: str
    name: str
    class_name: str
    wifi: WifiNetwork
    restrictions: Restrictions


SCHOOLS = (
    SchoolScript(
        "12",
        "Beispielschule Nord",
        "7b",
        WifiNetwork("Nord-Unterricht", Personal("Nordlichter im Winter")),
        Restrictions({"allowAirDrop": False, "allowInAppPurchases": False}),
    ),
    SchoolScript(
        "34",
        "Beispielschule Süd",
        "9a",
        WifiNetwork("Sued-Unterricht", Personal("Suedwind am Nachmittag")),
        Restrictions({"allowAirDrop": False, "allowEraseContentAndSettings": False}),
    ),
)
