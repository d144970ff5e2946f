"""Forms: what a person may send, checked before anything happens."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from mdm.rooms.links.service import LONGEST_LINK, MOST_USES

_HOURS = LONGEST_LINK.days * 24
_NEEDED = _l("Please fill this in.")
_LONGEST_REASON = 300


class SignInForm(FlaskForm):
    """Login and password. Nothing is said about their form: that would help a guesser."""

    login = StringField(_l("Login"), [InputRequired(_NEEDED), Length(max=80)])
    password = PasswordField(_l("Password"), [InputRequired(_NEEDED), Length(max=1024)])


class LinkForm(FlaskForm):
    """A new enrolment link. class_group_id: 0 for the whole school."""

    class_group_id = SelectField(_l("Class"), coerce=int)
    hours = IntegerField(
        _l("Valid for (hours)"),
        [
            InputRequired(_NEEDED),
            NumberRange(1, _HOURS, _l("Say a number from %(min)s to %(max)s.")),
        ],
    )
    uses = IntegerField(
        _l("For how many iPads"),
        [
            InputRequired(_NEEDED),
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
