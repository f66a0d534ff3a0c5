"""Capture: scanners and files become pages on disk, one child process per device session.

The library stands alone. A job is a stream of events; a page is announced only after it lies on
disk, verified and journalled::

    from pathlib import Path
    from scanners.device import Ended, PageLanded, ScanFault, ScanSettings
    from scanners.worker import start

    with start("sane:test:0", ScanSettings(count=3), landing=Path("job-1")) as job:
        for event in job:  # exactly one Ended, always the last
            match event:
                case PageLanded(page_id=page, path=path, sheet=sheet, side=side): ...
                case ScanFault(fault=fault): print(fault.vi, fault.next_vi, fault.resume_at)
                case Ended(reason=reason, sheets=sheets, images=images): ...

`job.cancel()` may be called from any thread. `scanners.worker.import_files(paths, landing)` gives
the same kind of job for files, with a FileRefused event for each that cannot be used. After a
program was killed, `scanners.journal.recover(folder)` says which pages exist.
"""
