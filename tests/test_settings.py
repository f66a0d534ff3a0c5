"""Station settings: an exact inverse, a policy that wins, faults that name the key."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from desk_app import settings
from desk_app.errors import UsageError

text = st.text(st.characters(blacklist_categories=["Cs", "Cc"]))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.builds(
        settings.Settings,
        language=st.sampled_from(["vi", "en"]),
        agency=text,
        device=text,
        trust=st.lists(text).map(tuple),
        workers=st.integers(0, 64),
        pdf_profile=st.sampled_from(settings.PDF_PROFILES),
        pdf_profile_of=st.sampled_from([(), ("1.001193=mrc", "land=bilevel")]),
    )
)
def test_save_then_load(tmp_path, chosen):
    settings.save(tmp_path, chosen)
    assert settings.load(tmp_path, tmp_path / "none.toml") == chosen


def test_the_policy_wins(tmp_path):
    settings.save(tmp_path, settings.Settings(device="sane:a", language="en"))
    policy = tmp_path / "policy.toml"
    policy.write_text('device = "sane:b"\n')
    chosen = settings.load(tmp_path, policy)
    assert (chosen.device, chosen.language) == ("sane:b", "en")


@pytest.mark.parametrize(
    ("line", "named"),
    [("device = 3", "device"), ("color = 1", "color"), ('language = "fr"', "language"),
     ("device = ", "settings.toml"), ('pdf_profile = "jbig"', "pdf_profile"),
     ('pdf_profile_of = ["1.001193"]', "pdf_profile_of"),
     ('pdf_profile_of = ["=mrc"]', "pdf_profile_of"),
     ('pdf_profile_of = ["land=mrc=mrc"]', "pdf_profile_of"),
     ("pdf_profile_of = [3]", "pdf_profile_of")],
)  # fmt: skip
def test_a_wrong_setting_is_named(tmp_path, line, named):
    (tmp_path / settings.FILE_NAME).write_text(line)
    with pytest.raises(UsageError) as caught:
        settings.load(tmp_path, tmp_path / "none.toml")
    assert named in caught.value.en
    assert caught.value.vi


def test_a_procedure_may_have_a_pdf_profile_of_its_own():
    chosen = settings.Settings(pdf_profile="mrc", pdf_profile_of=("1.001193=jpeg", "land=bilevel"))
    assert chosen.profile_for("birth_registration", "1.001193") == "jpeg"
    assert chosen.profile_for("land") == "bilevel"
    assert chosen.profile_for("") == "mrc"
