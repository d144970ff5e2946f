"""What is known about one RequestType.

Here: `CommandSpec`. Not here: the commands themselves (one file per family, joined in
catalogue.py), nor the judgement about a device (applicability.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from profiles.commands.parameters import Parameter, Rule
from profiles.commands.vocabulary import (
    AccessRight,
    AnswerKind,
    Channel,
    Danger,
    Idempotency,
    Proof,
    SharedIpad,
)
from profiles.schema.os_version import OsVersion

DEVICE_ONLY = frozenset({Channel.DEVICE})
USER_ONLY = frozenset({Channel.USER})
BOTH_CHANNELS = frozenset({Channel.DEVICE, Channel.USER})


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One RequestType: its keys, whom it suits, what it risks and how it is proven.

    minimum_tvos: None: Apple TV does not know the command.
    channels: on a Shared iPad; elsewhere there is only the device channel.
    danger: before looking at the parameters; danger.py judges a whole command.
    danger_reason: a sentence for the person who decides; empty if harmless.
    never_not_now: the device never postpones it.
    is_secret_answer: the answer must be kept sealed.
    source: Apple, device management commands, iOS 18.1 and later additions.
    """

    request_type: str
    minimum_ios: OsVersion
    minimum_tvos: OsVersion | None
    parameters: tuple[Parameter, ...] = ()
    rules: tuple[Rule, ...] = ()
    access_right: AccessRight = AccessRight.NONE
    supervised: bool = False
    ade_only: bool = False
    channels: frozenset[Channel] = DEVICE_ONLY
    user_enrollment: bool = True
    shared_ipad: SharedIpad = SharedIpad.ALLOWED
    deprecated_in: OsVersion | None = None
    removed_in: OsVersion | None = None
    idempotent: Idempotency = Idempotency.YES
    danger: Danger = Danger.HARMLESS
    danger_reason: str = ""
    never_not_now: bool = False
    answer: AnswerKind = AnswerKind.STATUS_ONLY
    is_secret_answer: bool = False
    proof: Proof = Proof.BY_ANSWER
    allowed_in_lost_mode: bool = False
    allowed_awaiting_configuration: bool = False
