"""Machine-readable codes to print: the other direction of `codes`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import zxingcpp


def qr_modules(text: str) -> npt.NDArray[np.bool_]:
    """The modules of a QR code, True for dark, with the quiet zone that its readers need.

    Level H: a third of it may be lost to a punch hole, a stamp or a crease.
    """
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    drawn = np.array(code.to_image(scale=1, add_quiet_zones=True))
    return drawn < 128
