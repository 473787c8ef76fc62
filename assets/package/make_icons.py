"""Makes the icons of all systems from tunescape.svg.

    python3 assets/package/make_icons.py

Wants rsvg-convert (Debian: librsvg2-bin). An .ico and an .icns are containers of PNG files: ICONDIR with one entry a size
(Windows Vista and later), and icns elements whose four letters name a size.
"""

import struct
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent
SIZES = [16, 32, 48, 64, 128, 256, 512]
ICO_SIZES = [16, 32, 48, 64, 128, 256]
ICNS_TYPES = {b"icp4": 16, b"icp5": 32, b"ic07": 128, b"ic08": 256, b"ic09": 512}


def png(size):
    command = ["rsvg-convert", "-w", str(size), "-h", str(size), str(FOLDER / "tunescape.svg")]
    return subprocess.run(command, check=True, capture_output=True).stdout


def ico(images):
    offset = 6 + 16 * len(images)
    entries, data = b"", b""
    for size, bytes_ in images:
        # A side of 256 is written as 0.
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(bytes_), offset + len(data))
        data += bytes_
    return struct.pack("<HHH", 0, 1, len(images)) + entries + data


def icns(images):
    elements = b"".join(kind + struct.pack(">I", 8 + len(bytes_)) + bytes_ for kind, bytes_ in images)
    return b"icns" + struct.pack(">I", 8 + len(elements)) + elements


pngs = {size: png(size) for size in SIZES}
icons = FOLDER / "icons"
icons.mkdir(exist_ok=True)
for size, bytes_ in pngs.items():
    (icons / f"{size}.png").write_bytes(bytes_)
(FOLDER / "tunescape.ico").write_bytes(ico([(size, pngs[size]) for size in ICO_SIZES]))
(FOLDER / "tunescape.icns").write_bytes(icns([(kind, pngs[size]) for kind, size in ICNS_TYPES.items()]))
