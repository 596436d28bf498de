"""What is said of a ledger file, in both languages; never with what a voucher says. Pure."""

from collections.abc import Collection
from datetime import date

from portfolio.amounts import format_amount
from portfolio.language import Text

MALFORMED = Text(
    "Raden går inte att läsa: ett fält saknas eller är fel skrivet. Rätta den i "
    "redovisningssystemet och exportera på nytt.",
    "The line can't be read: a field is missing or wrongly written. Correct it in the accounting "
    "system and export again.",
)
DATE_FORM = Text("ett datum som 2027-01-31 eller 20270131", "a date like 2027-01-31 or 20270131")
ACCOUNT_FORM = Text("ett konto på 1-20 tecken", "an account of 1-20 characters")
KRONOR_FORM = Text(
    "ett belopp som 1234,50, utan valutatecken",
    "an amount like 1234,50, without signs of currency",
)
ORE_FORM = Text("ett helt antal öre, som 123450", "a whole number of öre, like 123450")
OBJECT_FORM = Text("ett objekt på högst 200 tecken", "an object of at most 200 characters")
NOT_A_RECORD = Text(
    "Raden börjar inte med en etikett; den kan höra till en text på raden före. Exportera på nytt.",
    "The line does not begin with a label; it may belong to a text of the line before. Export "
    "again.",
)
OUTSIDE_VOUCHER = Text(
    "Transaktionen står utanför en verifikation; exportera filen på nytt.",
    "The transaction stands outside a voucher; export the file again.",
)
NEVER_CLOSED = Text(
    "En verifikation före den här raden slutar aldrig; filen kan vara avbruten. Exportera på nytt.",
    "A voucher before this line never ends; the file may be cut off. Export again.",
)
AFTER_VOUCHERS = Text(
    "Uppgiften om filen står efter den första verifikationen, där den inte gäller; exportera på "
    "nytt.",
    "What is said of the file stands after the first voucher, where it does not hold; export "
    "again.",
)
UNENDED_TEXT = Text(
    "En text på raden saknar sitt slutande citattecken; konto, objekt och belopp är lästa.",
    "A text of the line lacks its closing quotation mark; account, objects and amount are read.",
)
TOO_LARGE = Text(
    "Beloppet, eller filens belopp tillsammans, är större än det som kan sparas; kontrollera "
    "enheten.",
    "The amount, or the file's amounts together, are larger than what can be kept; check the unit.",
)
UNDECODABLE = Text(
    "Tecken i konto, objekt, belopp, datum eller nummer går inte att läsa i filens "
    "teckenkodning. Rätta dem och exportera på nytt, eller ange encoding.",
    "Characters in an account, object, amount, date or number can't be read in the file's "
    "encoding. Correct them and export again, or give encoding.",
)
UNDECODABLE_TEXT = Text(
    "Tecken i en text går inte att läsa i filens teckenkodning; texten används inte.",
    "Characters in a text can't be read in the file's encoding; the text is not used.",
)
WRONG_CHECKSUM = Text(
    "Kontrollsumman stämmer inte: filen har ändrats sedan den skrevs. Exportera på nytt.",
    "The checksum does not match: the file has changed since it was written. Export again.",
)
CHECKSUM_MISSING = Text(
    "Den avslutande kontrollsumman saknas: filen är avbruten. Exportera på nytt.",
    "The closing checksum is missing: the file is cut off. Export again.",
)
BROKEN_TABLE = Text(
    "Härifrån går filen inte att läsa som CSV: ett citattecken saknar sin motsvarighet. Exportera "
    "på nytt.",
    "From here the file can't be read as CSV: a quotation mark lacks its other half. Export again.",
)


def outside_year(dated_on: date, first: date, last: date) -> Text:
    return Text(
        f"Datumet {dated_on} ligger utanför räkenskapsåret {first} till {last}. Rätta "
        "verifikationen, eller skicka den med rätt års fil.",
        f"The date {dated_on} is outside the fiscal year {first} to {last}. Correct the voucher, "
        "or send it with the right year's file.",
    )


def unbalanced(name: str, total: int) -> Text:
    return Text(
        f"Verifikation {name or 'utan nummer'} är {format_amount(total)} ur balans. Rätta den i "
        "redovisningssystemet och exportera på nytt.",
        f"Voucher {name or 'without number'} is {format_amount(total)} out of balance. Correct it "
        "in the accounting system and export again.",
    )


def too_many(most: int) -> Text:
    return Text(
        f"Filen har mer än {most} transaktioner. Exportera den i delar och skicka dem med "
        "extent=part.",
        f"The file has more than {most} transactions. Export it in parts and send those with "
        "extent=part.",
    )


def encoding_taken(encoding: str) -> Text:
    return Text(
        f"Filen är läst som {encoding}. Är å, ä och ö fel, så ange encoding.",
        f"The file is read as {encoding}. If å, ä and ö are wrong, give encoding.",
    )


def wrong_cells(faults: Collection[tuple[str, Text]]) -> Text:
    """Each column, by its heading, with the form that is expected there."""
    swedish = "; ".join(f"i kolumnen {name} väntas {form.sv}" for name, form in faults)
    english = "; ".join(f"the column {name} takes {form.en}" for name, form in faults)
    return Text(
        f"Raden går inte att läsa: {swedish}. Rätta och skicka filen på nytt.",
        f"The row can't be read: {english}. Correct it and send the file again.",
    )


def too_few_cells(number: int, missing: Collection[str]) -> Text:
    names = ", ".join(missing)
    return Text(
        f"Raden har bara {number} fält; kolumnen {names} saknas. Rätta och skicka filen på nytt.",
        f"The row has only {number} fields; the column {names} is missing. Correct it and send "
        "the file again.",
    )


def no_such_column(name: str, columns: Collection[str]) -> Text:
    there = ", ".join(column[:50] for column in list(columns)[:50]) or "-"
    return Text(
        f"Filen har ingen kolumn {name}. Den har: {there}.",
        f"The file has no column {name}. It has: {there}.",
    )
