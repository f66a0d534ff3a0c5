"""Real signatures of the demonstration in a store: valid twice, changed afterwards, and altered."""

from desk_app import signatures
from desk_app.settings import Settings
from desk_app.store import dossiers
from signing import demonstration, engine, keys
from tests.gui import builder
from tests.signing.attacks import ATTACKS
from tests.signing.papers import paper


def make(folder):
    """A data folder's keys and three files, in the order of the papers of a dossier."""
    demo = demonstration.ensure(folder / "data" / signatures.FOLDER)
    once, twice = folder / "once.pdf", folder / "twice.pdf"
    with keys.open_key(demo.key_uri, demo.passphrase()) as key:
        for source, target in ((paper(folder / "paper.pdf"), once), (once, twice)):
            engine.sign_file(source, target, key, demo.policy(), timestamper=demo.tsa)
    overlaid, altered = folder / "overlaid.pdf", folder / "altered.pdf"
    overlaid.write_bytes(ATTACKS["overlay_on_the_page"](once))
    altered.write_bytes(ATTACKS["byte_flipped_in_the_page"](once))
    return overlaid, twice, altered


def put(store, dossier, files):
    """Show the files as signed papers, with the verdicts that they really get."""
    trusted = signatures.anchors(store.folder, Settings())
    for document, file in zip(dossiers.documents(store, dossier.id), files, strict=True):
        builder.signed(store, document.id, file, signatures.verify(file, trusted))
