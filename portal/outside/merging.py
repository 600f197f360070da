"""Many PDFs as one, by pikepdf. Runs in the worker's child."""

import io
import json
from pathlib import Path

import pikepdf

from portal.outside.full_disk import refused


def pdf(job: str, draft: str) -> dict:
    """Write all pages of the PDFs that `job`, a JSON file, lists to `draft`. {"pages"}.

    Raises Refused (no_room, too_long).
    """
    with refused(), pikepdf.new() as whole:
        for path in json.loads(Path(job).read_text()):
            with pikepdf.open(path) as part:
                whole.pages.extend(part.pages)
        for page in whole.pages:
            if "/StructParents" in page.obj:  # the tags stay behind with the document that they describe
                del page.obj["/StructParents"]
        content = io.BytesIO()  # on a full disk qpdf, writing a file by itself, aborts the whole process
        whole.save(content, deterministic_id=True)
        Path(draft).write_bytes(content.getbuffer())
        return {"pages": len(whole.pages)}
