"""A command as a device receives it.

Here: writing it with its CommandUUID, and reading it back as a device would.
Not here: checking (command.py), what the device answers (results.py).
"""

from types import MappingProxyType

from profiles import plist
from profiles.commands.command import Command


def to_bytes(command: Command, command_uuid: str) -> bytes:
    """Write the body of an answer on the command channel.

    command_uuid: unique on this server, kept when an unanswered command is sent again.
    source: Apple, "Sending MDM commands to a device".
    """
    inner = {"RequestType": command.request_type, **command.parameters}
    return plist.write({"CommandUUID": command_uuid, "Command": inner})


def read_command(body: bytes) -> tuple[str, Command]:
    """Read a command as a device does, without knowing which commands exist.

    returns: CommandUUID and command.
    raises: MalformedPlist; MalformedMessage (CommandUUID, Command or RequestType missing).
    """
    envelope = plist.read_dict(body)
    parameters = plist.dictionary(envelope, "Command")
    request_type = plist.text(parameters, "RequestType")
    del parameters["RequestType"]
    command = Command(request_type, MappingProxyType(parameters))
    return plist.text(envelope, "CommandUUID"), command
