"""Forms: what a person may send, checked before anything happens."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from mdm.doors.console.words import Text
from mdm.rooms.links.service import LONGEST_LINK, MOST_USES

_HOURS = LONGEST_LINK.days * 24
NEEDED = _l("Please fill this in.")
_LONGEST_REASON = 300
_LONGEST_LIST = 60_000


def options(texts: Mapping[str, Text]) -> list[SelectChoice]:
    """The options of a select field: what is sent → what is read."""
    # The library draws any text, also one that waits for its language; it is annotated for str.
    return [SelectChoice(value, text) for value, text in texts.items()]  # type: ignore[arg-type]


class SignInForm(FlaskForm):
    """Login and password. Nothing is said about their form: that would help a guesser."""

    login = StringField(_l("Login"), [InputRequired(NEEDED), Length(max=80)])
    password = PasswordField(_l("Password"), [InputRequired(NEEDED), Length(max=1024)])


class LinkForm(FlaskForm):
    """A new enrolment link. class_group_id: 0 for the whole school."""

    class_group_id = SelectField(_l("Class"), coerce=int)
    hours = IntegerField(
        _l("Valid for (hours)"),
        [
            InputRequired(NEEDED),
            NumberRange(1, _HOURS, _l("Say a number from %(min)s to %(max)s.")),
        ],
    )
    uses = IntegerField(
        _l("For how many iPads"),
        [
            InputRequired(NEEDED),
            NumberRange(1, MOST_USES, _l("Say a number from %(min)s to %(max)s.")),
        ],
    )


class ReasonForm(FlaskForm):
    """Why something is done to a device; the journal keeps it."""

    reason = StringField(
        _l("Reason"),
        [
            InputRequired(_l("Please give a reason; it is written into the journal.")),
            Length(max=_LONGEST_REASON, message=_l("At most %(max)d characters.")),
        ],
    )

    def validate_reason(self, field: StringField) -> None:
        """Refuse a reason of spaces. raises: ValidationError."""
        if not (field.data or "").strip():
            raise ValidationError(_l("Please give a reason; it is written into the journal."))


class LockForm(ReasonForm):
    """A lock may show a message to whoever finds the iPad."""

    message = StringField(
        _l("Message on the locked screen (optional)"), [Optional(), Length(max=200)]
    )


class EraseForm(ReasonForm):
    """An erase needs the device's serial number, typed by hand. expected: that number."""

    serial = StringField(
        _l("Serial number of the iPad"), [InputRequired(_l("Please type the serial number."))]
    )
    expected = ""

    def validate_serial(self, field: StringField) -> None:
        """Compare with the device, without regard to case. raises: ValidationError."""
        if (field.data or "").strip().casefold() != self.expected.casefold():
            raise ValidationError(_l("This is not the serial number of this iPad."))


class ExpectForm(FlaskForm):
    """Serial numbers of iPads that a school is going to enrol. class_group_id: 0 for none yet."""

    class_group_id = SelectField(_l("Class"), coerce=int)
    serials = TextAreaField(
        _l("Serial numbers"), [InputRequired(NEEDED), Length(max=_LONGEST_LIST)]
    )
