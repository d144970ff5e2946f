"""What the demonstration is about: its schools, what they give their iPads, who looks after them.

Everything is fictional.
"""

from dataclasses import dataclass

from mdm.simulator.store import CATALOGUE
from profiles.payloads.restrictions import Restrictions
from profiles.payloads.wifi import Personal, WifiNetwork

LOGIN = "demo"
# What profiles name. iPads insist on https; the way there is played by the simulator's routes, in
# the place of a city's name service and proxy, and people have an address of their own.
DEVICE_URL = "https://geraete.beispielstadt.example"
TOPIC_ID = "klassensatz-demo"
WIFI_NAME = "WLAN"
RESTRICTIONS_NAME = "Einschränkungen"
APP = CATALOGUE[0]
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
