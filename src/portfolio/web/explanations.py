"""What each kind of problem means and what to do, for the pages at `/problems/<name>`."""

from collections.abc import Mapping

from portfolio.language import Text

EXPLANATIONS: Mapping[str, Text] = {
    "not-found": Text(
        "Inget har den adressen, koden eller det numret, eller så får nyckeln inte se det. Leta i "
        "listan ett steg upp i adressen.",
        "Nothing has that address, code or number, or the key may not see it. Look in the list one "
        "step up in the address.",
    ),
    "method-not-allowed": Text(
        "Adressen finns, men metoden går inte att använda där. Allow i svaret räknar upp dem som "
        "går.",
        "The address exists, but not with this method. Allow in the answer lists those that work.",
    ),
    "unauthorized": Text(
        "Nyckel eller inloggning saknas, är felskriven, har gått ut eller är återkallad. Skicka "
        "den som Authorization: Bearer; en ny nyckel görs av administratören.",
        "The key or sign-in is missing, misspelt, expired or revoked. Send it as Authorization: "
        "Bearer; the administrator makes a new key.",
    ),
    "forbidden": Text(
        "Nyckelns roll, förvaltning eller organ räcker inte. Be den som har rätt roll, eller "
        "administratören om en annan nyckel.",
        "The key's role, department or bodies do not allow this. Ask somebody with the right role, "
        "or the administrator for another key.",
    ),
    "invalid-body": Text(
        "Innehållet har fel form. errors pekar på varje fält som ska rättas.",
        "The body has the wrong shape. errors points at each field to correct.",
    ),
    "invalid-parameter": Text(
        "En parameter i adressen eller ett huvud är okänt eller har fel form.",
        "A parameter in the address or a header is unknown or has the wrong shape.",
    ),
    "precondition-required": Text(
        "En ändring ska utgå från det du har läst. Läs först, och skicka svarets ETag i If-Match.",
        "A change must start from what you have read. Read first, and send the answer's ETag in "
        "If-Match.",
    ),
    "precondition-failed": Text(
        "Någon har ändrat sedan du läste. Läs igen, jämför, och skicka med den nya ETag.",
        "Somebody has made a change since you read. Read again, compare, and send the new ETag.",
    ),
    "idempotency-conflict": Text(
        "Samma Idempotency-Key har använts för något annat det senaste dygnet. Välj en ny.",
        "The same Idempotency-Key was used for something else within a day. Choose a new one.",
    ),
    "too-large": Text(
        "Det som skickades är större än gränsen och har inte lästs. Dela upp eller förenkla det.",
        "What was sent is larger than the limit and was not read. Split or simplify it.",
    ),
    "unsupported-media-type": Text(
        "Content-Type stämmer inte med vad adressen tar emot: JSON, eller ett formulär för filer.",
        "Content-Type is not what the address takes: JSON, or a form for files.",
    ),
    "rate-limited": Text(
        "För många anrop på kort tid. Vänta så länge som Retry-After säger.",
        "Too many requests in a short time. Wait as long as Retry-After says.",
    ),
    "too-slow": Text(
        "Resten av det som skulle skickas kom inte i tid. Kontrollera uppkopplingen och skicka "
        "igen.",
        "The rest of what was being sent did not come in time. Check the connection, and send "
        "again.",
    ),
    "unavailable": Text(
        "Tjänsten kan inte svara just nu: databasen nås inte, den har för mycket att göra eller "
        "den startas om. Försök igen efter så lång tid som Retry-After säger; inget har ändrats "
        "till hälften.",
        "The service can't answer now: its database is away, it has too much to do, or it is being "
        "restarted. Try again after as long as Retry-After says; nothing was half changed.",
    ),
    "conflict": Text(
        "Det går inte som läget är. reasons och detail säger vad som är i vägen.",
        "It is not possible as things stand. reasons and detail say what is in the way.",
    ),
    "internal": Text(
        "Felet är vårt, och inget har ändrats. Försök igen, och uppge annars trace_id till "
        "driften.",
        "The error is ours, and nothing was changed. Try again, or give trace_id to those who run "
        "the service.",
    ),
    "assessment-incomplete": Text(
        "En inlämnad bedömning ska vara hel (G2). reasons räknar upp allt som saknas.",
        "A submitted assessment must be complete (G2). reasons lists everything that is missing.",
    ),
    "assessment-locked": Text(
        "Det som är inlämnat ändras inte (G3). Börja en ny bedömning; den blir en kopia.",
        "What was submitted is not changed (G3). Start a new assessment; it begins as a copy.",
    ),
    "decision-refused": Text(
        "Beslutet bryter mot en eller flera regler. reasons namnger varje regel och säger vad som "
        "behövs; readiness svarar på samma fråga i förväg.",
        "The decision breaks one or more rules. reasons names each rule and says what is needed; "
        "readiness answers the same question beforehand.",
    ),
    "investment-closed": Text(
        "Investeringen är stoppad eller slutförd. Var det fel, ersätt det sista beslutet (G10).",
        "The investment is stopped or completed. If that was wrong, supersede the last decision "
        "(G10).",
    ),
    "steering-change-refused": Text(
        "Styrningen kan inte ändras nu (S6). reasons säger varför.",
        "The steering can't be changed now (S6). reasons says why.",
    ),
    "reallocation-refused": Text(
        "Omfördelningen håller sig inte inom reglerna (S3, S4). reasons säger vilka.",
        "The reallocation is not within the rules (S3, S4). reasons says which.",
    ),
    "rate-missing": Text(
        "Internränta saknas för ett eller flera år. Svaret namnger åren; lägg in räntan först.",
        "An internal interest rate is missing for one or more years. The answer names them; enter "
        "the rate first.",
    ),
    "import-not-applicable": Text(
        "Importen har fel, saknar efterträdare eller är inaktuell (A6). reasons säger vilket; "
        "rätta filen eller läs in den på nytt.",
        "The import has errors, lacks successors or is out of date (A6). reasons says which; "
        "correct the file or send it again.",
    ),
    "in-use": Text(
        "Något annat pekar på det som skulle tas bort. Flytta det först.",
        "Something else points at what was to be deleted. Move that first.",
    ),
    "unreadable-file": Text(
        "Filen kan inte läsas som det den ska vara (gränser, som GeoPackage eller zippad "
        "Shapefile; SIE 4 eller CSV ur redovisningen; XLSX eller CSV med investeringar, planrader "
        "eller indikatorer), eller saknar det lager, blad, fält eller den kolumn som angavs. "
        "errors räknar upp vad filen har.",
        "The file can't be read as what it should be (boundaries, such as a GeoPackage or a "
        "zipped Shapefile; SIE 4 or CSV from the accounts; XLSX or CSV with investments, plan "
        "lines or indicators), or lacks the layer, sheet, field or column that was named. errors "
        "lists what the file has.",
    ),
    "unknown-crs": Text(
        "Filens koordinatsystem är inte angivet eller inte känt. Ange det, till exempel "
        "crs=EPSG:3007.",
        "The file's reference system is not stated or not known. State it, such as crs=EPSG:3007.",
    ),
}
