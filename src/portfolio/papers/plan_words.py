"""The words of the plan of a program. Pure."""

from collections.abc import Mapping

from portfolio.language import Text

WORDS: Mapping[str, Text] = {
    "paper": Text("Programplan", "Program plan"),
    "per": Text("Läget", "As of"),
    "mandate": Text("Uppdrag", "Mandate"),
    "decided_by": Text("Beslutat av", "Decided by"),
    "deciding_body": Text("Beslutar i programmet", "Decides in the program"),
    "steering": Text("Styrning", "Steering"),
    "coordinator": Text("Samordnare", "Coordinator"),
    "time": Text("Tid", "Time"),
    "areas": Text("Områden", "Areas"),
    "place": Text("Platsen", "The place"),
    "where_we_are": Text("Var vi är", "Where we are"),
    "where_we_go": Text(
        "Dit vi vill: närmaste grindar att passera", "Where we want to move: next to pass"
    ),
    "money": Text("Pengarna", "The money"),
    "goals": Text("Mål som berörs", "Goals touched"),
    "gate": Text("Grind", "Gate"),
    "stands_here": Text("Står här", "Stands here"),
    "waits": Text("Väntar", "Waits"),
    "ended": Text("Avslutade och stoppade", "Completed and stopped"),
    "decided": Text("Beslutat", "Decided"),
    "forecast": Text("Prognos", "Forecast"),
    "outcome": Text("Utfall", "Outcome"),
    "all": Text("Allt", "In all"),
    "unit": Text("mkr", "SEK m"),
    "count": Text("Antal", "Number"),
    "next": Text("Nästa", "Next"),
    "see_list": Text("se listan", "see the list"),
    "completion": Text("avslut", "completion"),
    "date": Text("Datum", "Date"),
    "review": Text("omprövas", "review"),
    "overdue": Text("försenad", "overdue"),
    "investment": Text("Investering", "Investment"),
    "name": Text("Namn", "Name"),
    "kind": Text("Slag", "Kind"),
    "department": Text("Förvaltning", "Department"),
    "status": Text("Status", "Status"),
    "number": Text("Nr", "No."),
    "code": Text("Kod", "Code"),
    "every": Text("Alla investeringar", "Every investment"),
    "physical": Text("Fysisk", "Physical"),
    "social": Text("Social", "Social"),
    "lighter": Text("Ljus till mörk: tidig till sen grind", "Light to dark: early to late gate"),
    "waiting_sign": Text("Streckad kant: väntar", "Dashed edge: waits"),
    "ended_sign": Text("Vit med grå kant: avslutad eller stoppad", "White, grey edge: ended"),
    "none": Text("Inga investeringar än.", "No investments yet."),
    "no_map": Text(
        "Ingen karta: varken programmet eller dess investeringar har någon plats.",
        "No map: neither the program nor its investments have a place.",
    ),
    "no_dates": Text(
        "Inget datum för nästa grind är satt.", "No date of a next gate has been set."
    ),
    "page": Text("Sida", "Page"),
    "rounding": Text(
        "Beloppen är avrundade var för sig; Allt räknas på hela beloppen.",
        "Amounts are rounded one by one; In all is counted on whole amounts.",
    ),
    "restricted": Text("Innehåller uppgifter som inte är offentliga:", "Holds what is not public:"),
    "goal": Text("Mål", "Goal"),
    "helped": Text("Hjälps", "Helped"),
    "neutral": Text("Neutralt", "Neutral"),
    "harmed": Text("Motverkas", "Harmed"),
}
