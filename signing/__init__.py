"""Signatures that hold (PAdES), and verdicts that a supervisor can trust.

    from pathlib import Path
    from signing import demonstration, engine, keys
    from signing.verify import report, verdict

    demo = demonstration.ensure(Path("demo-keys"))
    with keys.open_key(demo.key_uri, demo.passphrase()) as key:
        signed = engine.sign_file(
            Path("paper.pdf"), Path("signed.pdf"), key, demo.policy(), timestamper=demo.tsa,
            appearance_values={"agency": "Ủy ban nhân dân xã An Bình"})
    found = verdict.verify_file(signed.path, demo.anchors)
    print(found.status, found.reason.vi, report.to_json(found))

Many files with one PIN, in a process that alone holds it, and going on after a crash:
:func:`signing.worker.sign_files`. To B-LT and B-LTA later, without the key:
:func:`signing.augment.augment_file`.

The library stands alone: it knows nothing of the desk or of scanners. pyHanko is known to the
modules that write (``engine``, ``augment``, ``writing``, ``marks``), to ``timestamps`` and
``trust`` for its types, and to :mod:`signing.verify.signatures` to verify.
"""
