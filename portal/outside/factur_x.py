"""What Factur-X asks of the PDF around an e-invoice: PDF/A-3, and its own words in the metadata.

WeasyPrint 70 makes all of it but for two things, which are put right here, in the worker's child.
"""

from datetime import UTC, datetime
from xml.etree import ElementTree

VARIANT = "pdf/a-3a"  # tagged as well
FILE_NAME = "factur-x.xml"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # a file needs some date, and the same invoice must stay the same file
SCHEMA = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "fx": SCHEMA,
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}
PROPERTIES = {
    "DocumentFileName": "name of the embedded XML invoice file",
    "DocumentType": "INVOICE",
    "Version": "The actual version of the Factur-X XML schema",
    "ConformanceLevel": "The conformance level of the embedded Factur-X data",
}

for prefix, address in SPACES.items():
    ElementTree.register_namespace(prefix, address)


def described(metadata: bytes) -> bytes:
    """The metadata that WeasyPrint made, with ours in the same rdf:RDF: of two, readers see but the first."""
    whole = ElementTree.fromstring(metadata)
    whole.extend(ElementTree.fromstring(description()))
    return ElementTree.tostring(whole, encoding="utf-8")


def listed_once(_document, pdf) -> None:
    """A finisher for write_pdf: WeasyPrint 70 lists an attachment twice in the catalogue."""
    files = pdf.catalog["AF"]
    pdf.catalog["AF"] = type(files)(dict.fromkeys(files))


def description() -> str:
    """What PDF/A wants to be told of Factur-X: its values, and what each means."""
    spaces = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in SPACES.items())
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, meaning in PROPERTIES.items()
    )
    return (
        f'<rdf:RDF {spaces}><rdf:Description rdf:about=""><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>'
        f"<fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName><fx:DocumentType>INVOICE</fx:DocumentType>"
        '<fx:Version>1.0</fx:Version></rdf:Description><rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag>'
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{SCHEMA}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag>"
        "</pdfaExtension:schemas></rdf:Description></rdf:RDF>"
    )
