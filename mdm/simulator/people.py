"""People at a Shared iPad: sign in, sign out.

source: Apple, "Shared iPad"; user channels of the check-in protocol.
"""

from mdm.simulator import checkin
from mdm.simulator.errors import SimulatorError, Unreachable
from mdm.simulator.exchange import Conversation
from mdm.simulator.ipad import SimulatedIpad

_DECLINED = 410


def sign_in(ipad: SimulatedIpad, user_name: str) -> Conversation[None]:
    """Let a person sign in: the server is told a token of her own, or declines her.

    user_name: the Managed Apple Account.
    raises: SimulatorError, if this is no Shared iPad under management.
    """
    enrolment = ipad.enrolment
    if enrolment is None or not ipad.hardware.is_shared:
        raise SimulatorError("not a Shared iPad under management")
    ipad.signed_in = user_name
    ipad.users.setdefault(user_name, None)
    if not enrolment.management.per_user_connections:
        return
    channel = ipad.users[user_name] or ipad.new_channel(enrolment.management.topic, user_name)
    ipad.users[user_name] = channel
    channel.is_declined = False
    try:
        response = yield from checkin.update_token(ipad, enrolment, channel)
    except Unreachable:
        ipad.ticks_until_retry = ipad.habits.retry_ticks
    else:
        channel.is_declined = response.status == _DECLINED
    ipad.tell_push()


def sign_out(ipad: SimulatedIpad) -> None:
    """Let the person sign out; her channel falls silent."""
    ipad.signed_in = None
    ipad.tell_push()
