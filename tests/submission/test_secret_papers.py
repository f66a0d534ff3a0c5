"""What is secret is never sent, whichever way it came into the queue or became secret later."""

import pytest

from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.records import Finding, Receipt, Text
from desk_app.store import audit, dossiers, secrecy
from desk_app.store.database import Store
from desk_app.submission import profiles, queue, reviews, run, secret_papers
from desk_app.submission.packages import build, describe
from desk_app.submission.packages import profiles as package_profiles
from tests.store.finished import CODE, Clock, assembled, receive, sign


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "data", clock=clock)
    yield store
    store.close()


def states(store):
    return [row["state"] for row in store.rows("SELECT state FROM upload ORDER BY id")]


def suggest(store, dossier_id):
    page = dossiers.pages(store, dossier_id)[0].id
    finding = Finding("SECRET_MARK", "problem", Text("Trang 1 …", "Page 1 …"), page_id=page)
    papers = dossiers.documents(store, dossier_id)
    dossiers.save_assembly(store, dossier_id, papers, [], [finding])
    return finding


def test_a_secret_dossier_is_held_from_the_first_moment(store):
    dossier_id = assembled(store)
    secret_papers.mark(store, dossier_id, "03")
    sign(store, dossier_id)
    assert states(store) == ["held", "held"]
    assert queue.claim(store, "me", target="local") is None
    item = queue.items(store)[0]
    assert item["error"]["code"] == "SECRET"
    assert "mật" in item["error"]["vi"]
    assert "mạng" in item["error"]["next"]
    assert secret_papers.mark(store, dossier_id, "01") == 2
    assert receive(store) == 2
    assert dossiers.find(store, dossier_id).state == "done"
    assert audit.verify(store.conn).ok


def test_one_secret_paper_stays_and_the_other_goes(store):
    dossier_id = assembled(store)
    one, two = dossiers.documents(store, dossier_id)
    secret_papers.mark(store, dossier_id, "03", one.id)
    keys = sign(store, dossier_id)
    assert states(store) == ["held", "queued"]
    assert queue.claim(store, "me").key == keys[1]
    assert queue.claim(store, "me") is None
    assert one.title in queue.items(store)[1]["error"]["vi"]
    assert two.id not in secrecy.of(store, dossier_id).documents


@pytest.mark.parametrize("state", ["queued", "waiting", "leased", "dead", "held"])
def test_what_becomes_secret_later_is_held_with_the_reason(store, state):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    store.conn.execute(
        "UPDATE upload SET state = ?, lease_owner = 'me', lease_until = 9e9", (state,)
    )
    assert secret_papers.mark(store, dossier_id, "03") == 2
    assert states(store) == ["held", "held"]
    assert secret_papers.mark(store, dossier_id, "02") == 2
    expected = "held" if state == "held" else "queued"  # for the supervisor's word, as before
    assert states(store) == [expected] * 2


def test_a_sender_stops_when_its_file_becomes_secret(store):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    item = queue.claim(store, "me")
    secret_papers.mark(store, dossier_id, "03")
    assert not queue.renew(store, item, 5)
    assert queue.fail(store, item, NotAllowed("x"), False) is None
    assert states(store) == ["held", "held"]


def test_the_claim_looks_again_however_a_row_became_ready(store):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    with store.transaction() as change:  # behind the queue's back
        secrecy.say_in(change, dossier_id, "03")
    assert states(store) == ["queued", "queued"]
    assert queue.claim(store, "me", target="local") is None
    assert states(store) == ["held", "held"]
    assert [i["error"]["code"] for i in queue.items(store)] == ["SECRET", "SECRET"]


def test_no_hand_lets_it_go(store):
    dossier_id = assembled(store)
    secret_papers.mark(store, dossier_id, "03")
    sign(store, dossier_id)
    assert queue.retry(store) == 0
    assert queue.hurry(store, [1, 2]) == 0
    queue.cancel(store, [1])
    queue.retry(store, [1])
    assert queue.claim(store, "me") is None
    assert states(store) == ["held", "held"]


def test_approval_is_refused_and_is_no_way_around(store):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    store.conn.execute("UPDATE upload SET state = 'held'")
    paper = dossiers.documents(store, dossier_id)[0]
    secret_papers.mark(store, dossier_id, "03")
    with pytest.raises(secrecy.SecretPaper):
        reviews.approve(store, [paper.id])
    with store.transaction() as change:
        queue.let_go_in(change, paper.id)
    assert states(store) == ["held", "held"]


def test_a_run_sends_nothing_secret(store, tmp_path):
    dossier_id = assembled(store)
    one = dossiers.documents(store, dossier_id)[0]
    secret_papers.mark(store, dossier_id, "03", one.id)
    sign(store, dossier_id, target="kho")
    where = tmp_path / "kho.toml"
    where.write_text(f'adapter = "local"\n[local]\nfolder = "{tmp_path}/store"\ncreate = true\n')
    report = run.run(store, profiles.load(where))
    assert (report.done, report.error) == (1, None)
    assert len(list((tmp_path / "store").rglob("*.pdf"))) == 1


def test_registration_of_a_stored_file_is_held_as_well(store):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    item = queue.claim(store, "me")
    secret_papers.mark(store, dossier_id, "01")
    with store.transaction() as change:
        secrecy.say_in(change, dossier_id, "03")
    receipt = Receipt(item.key, item.key, item.size, store.now(), "kho")
    assert queue.complete(store, item, receipt, register=True)
    assert states(store) == ["done", "queued", "held"]
    assert secret_papers.sent_before(store, dossier_id) == 1


def test_a_suggestion_blocks_until_it_is_answered(store):
    dossier_id = assembled(store)
    suggest(store, dossier_id)
    sign(store, dossier_id)
    assert states(store) == ["held", "held"]
    assert queue.items(store)[0]["error"]["code"] == "SECRET_MARK"
    assert queue.claim(store, "me") is None
    with pytest.raises(secrecy.MaybeSecret):
        secrecy.require_open(store, dossier_id)
    with pytest.raises(UsageError):
        secret_papers.dismiss(store, dossier_id, " ")
    assert secret_papers.dismiss(store, dossier_id, "chữ trong quảng cáo mật ong") == 1
    assert states(store) == ["queued", "queued"]
    assert secrecy.of(store, dossier_id).unanswered == 0
    # Sorting the pages anew does not ask again.
    assert not dossiers.findings(store, dossier_id, open_only=True)


def test_one_page_is_answered_without_the_others(store):
    dossier_id = assembled(store)
    pages = dossiers.pages(store, dossier_id)
    found = [Finding("SECRET_MARK", "problem", Text("…", "…"), page_id=p.id) for p in pages]
    papers = dossiers.documents(store, dossier_id)
    dossiers.save_assembly(store, dossier_id, papers, [], found)
    sign(store, dossier_id)
    assert secret_papers.dismiss(store, dossier_id, "đã xem", pages[0].id) == 1
    assert secrecy.of(store, dossier_id).unanswered == 1
    assert states(store) == ["held", "held"]
    assert secret_papers.dismiss(store, dossier_id, "đã xem", pages[1].id) == 1
    assert states(store) == ["queued", "queued"]


def test_answering_yes_settles_the_suggestion_and_holds(store):
    dossier_id = assembled(store)
    suggest(store, dossier_id)
    secret_papers.mark(store, dossier_id, "03")
    assert dossiers.findings(store, dossier_id, open_only=True) == []
    sign(store, dossier_id)
    assert [i["error"]["code"] for i in queue.items(store)] == ["SECRET", "SECRET"]


def test_a_mark_outlives_its_paper(store):
    """Pages sorted anew give papers other names: then the whole dossier counts as secret."""
    dossier_id = assembled(store)
    one, two = dossiers.documents(store, dossier_id)
    secret_papers.mark(store, dossier_id, "03", one.id)
    dossiers.save_assembly(store, dossier_id, [two], [], [])
    sign(store, dossier_id)
    assert states(store) == ["held"]
    secret_papers.mark(store, dossier_id, "01", one.id)
    assert states(store) == ["queued"]


def test_what_there_is_no_mode_or_paper_for(store):
    dossier_id = assembled(store)
    with pytest.raises(NotAllowed):
        secret_papers.mark(store, dossier_id, "04")
    with pytest.raises(NotFound):
        secret_papers.mark(store, dossier_id, "03", "D-none")
    assert secrecy.of(store, dossier_id).highest is None


def test_no_package_of_a_secret_paper(store, tmp_path):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    paper = dossiers.documents(store, dossier_id)[0]
    secret_papers.mark(store, dossier_id, "03", paper.id)
    with pytest.raises(secrecy.SecretPaper, match="secret"):
        build.build(store, CODE, package_profiles.load("aip_hoso"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_package_tells_the_mode_that_was_said(store):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    _, two = dossiers.documents(store, dossier_id)
    secret_papers.mark(store, dossier_id, "02")
    secret_papers.mark(store, dossier_id, "01", two.id)
    told = describe.describe(store, CODE, package_profiles.load("aip_hoso"))
    assert told.values["mode"] == "02"
    assert [paper.values["mode"] for paper in told.papers] == ["02", "01"]
    assert "mode" not in told.assumed


def test_a_list_that_calls_it_secret_makes_it_secret(store):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    given = describe.given(store, dossier_id)
    one = dossiers.documents(store, dossier_id)[0]
    given.documents[one.id] = {"mode": "03"}
    describe.keep(store, dossier_id, given)
    assert states(store) == ["held", "queued"]
    given.documents[one.id] = {"mode": "01"}  # no list makes it open again
    describe.keep(store, dossier_id, given)
    assert states(store) == ["held", "queued"]


def test_a_list_may_call_a_reused_paper_secret(store):
    source, user = assembled(store), assembled(store, "H49.64-260302-0002")
    sign(store, source)
    paper = dossiers.documents(store, source)[0]
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO reuse(dossier_id, component, source_document_id, source_dossier_id, "
            "sha256, origin, actor, at) VALUES(?,?,?,?,?,?,?,?)",
            (user, "form", paper.id, source, paper.signed_sha256, "store", "desk", store.now()),
        )
        change.audit("dossier.reuse", user)
    describe.keep(store, user, describe.Given({}, {paper.id: {"mode": "03"}}))
    assert secrecy.of(store, source).documents == {paper.id: "03"}
    assert states(store) == ["held", "queued"]
    sign(store, user)
    with pytest.raises(secrecy.SecretPaper):
        build.build(store, user, package_profiles.load("aip_hoso"), store.folder / "out")
