"""`desk queue` and `desk store`: what waits to be sent, and the store that takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk_app import settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    queue_ = add("queue", queue, "hàng đợi nộp / the upload queue")
    queue_.add_argument("action", choices=("list", "run", "retry", "cancel"))
    queue_.add_argument("items", nargs="*", type=int, metavar="ID")
    store_ = add("store", probe, "kiểm tra kho nhận / ask the receiving store what it can do")
    store_.add_argument("action", choices=("probe",))
    for command in (queue_, store_):
        command.add_argument("--profile", metavar="P")


def queue(session: Session) -> tuple[dict[str, Any], int]:
    """List, send, retry or cancel uploads."""
    from dataclasses import replace

    from desk_app import pipeline
    from desk_app.submission import queue as uploads

    args = session.args
    with session.desk() as desk:
        if args.profile:
            desk.settings = replace(desk.settings, store_profile=args.profile)
        if args.action == "run":
            pipeline.upload(desk, notify=session.progress, stop=session.stop)
        elif args.action == "retry":
            uploads.retry(desk.store, args.items or None)
        elif args.action == "cancel":
            uploads.cancel(desk.store, args.items)
        counts = uploads.counts(desk.store)
        items = uploads.items(desk.store, lang=session.language)
    for item in items:
        session.say(*[f"{item['id']:>6}  {item['state']:<10} {item['dossier']}"] * 2)
    session.say(*[", ".join(f"{state} {n}" for state, n in counts.items() if n) or "0"] * 2)
    return {"counts": counts, "items": items}, 1 if counts.get("dead") else 0


def probe(session: Session) -> tuple[dict[str, Any], int]:
    """What the store behind a profile can do."""
    from dataclasses import asdict

    from desk_app.submission import profiles

    name = session.args.profile or settings.load(session.data).store_profile
    caps = asdict(profiles.open_adapter(profiles.load(name), session.data).probe())
    for key, value in caps.items():
        session.say(*[f"{key}: {value}"] * 2)
    return caps, 0
