"""Books, mirroring, logs, mobile plans: what a class set seldom needs."""

from mdm.simulator.commands.outcome import DONE, Outcome
from mdm.simulator.errors import DeviceError
from mdm.simulator.ipad import SimulatedIpad
from mdm.simulator.management import Channel
from profiles import plist
from profiles.commands.error_codes import MDM
from profiles.plist import PlistDict, WritableValue


def install_media(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Install a book that has an address; books of the store need a person's account."""
    identifier = plist.optional_text(asked, "PersistentID")
    if identifier is None or "MediaURL" not in asked:
        rejection: dict[str, WritableValue] = {"RejectionReason": "PurchaseNotFound"}
        raise DeviceError(MDM, 12040, "store login is required", rejection)
    names = ("PersistentID", "Kind", "Version", "Author", "Title")
    book: dict[str, WritableValue] = {name: asked[name] for name in names if name in asked}
    ipad.books[identifier] = book | {"State": "Managed"}
    return Outcome(book | {"State": "Queued"})


def remove_media(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Remove a book, if it is there."""
    ipad.books.pop(plist.optional_text(asked, "PersistentID") or "", None)
    return DONE


def managed_media_list(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """List the books."""
    return Outcome({"Books": list(ipad.books.values())})


def request_mirroring(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Look for a screen; there is none near a simulated iPad."""
    return Outcome({"MirroringResult": "DestinationNotFound"})


def refresh_cellular_plans(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Ask for a mobile plan, if there is a modem."""
    if not ipad.hardware.has_cellular:
        raise DeviceError(MDM, 36001, "no mobile hardware")
    return DONE


def nothing_to_do(ipad: SimulatedIpad, channel: Channel, asked: PlistDict) -> Outcome:
    """Obey a command whose effect nobody can see here."""
    return DONE
