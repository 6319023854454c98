"""Short invented notes, in the language of the office that writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NOTES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "en": {
        "contact": (
            "Called at the agreed hour. Feels safer, sleeps little. Wants to know how long the stay can last.",
            "Met at the library. Brought the papers that were left. Agreed on one step until next week.",
            "Message only, as agreed. Answered the same evening: all well, the appointment stands.",
        ),
        "meeting": (
            "Went through the plan together. Two steps are done, one was changed because the hours of work changed.",
            "First conversation with the interpreter. Short, at the person's wish. A second one is agreed.",
            "The legal adviser explained the period of reflection. Questions were asked and answered.",
        ),
        "observation": (
            "Arrived with a small bag and no charger. Asked twice whether the door can be locked from inside.",
            "Spoke more freely when nobody passed in the corridor. Next time the other room.",
        ),
    },
    "fr": {
        "contact": (
            "Appel à l'heure convenue. Se sent plus en sécurité, dort peu. Demande combien de temps l'hébergement peut durer.",
            "Message seulement, comme convenu. Réponse le soir même : tout va bien, le rendez-vous est maintenu.",
        ),
        "meeting": (
            "Premier entretien avec l'interprète. Bref, à la demande de la personne. Un second est prévu.",
            "Relecture du plan ensemble. Deux étapes sont faites, une a été modifiée.",
        ),
        "observation": ("A demandé deux fois si la porte se ferme de l'intérieur.",),
    },
}
STEPS: Mapping[str, Sequence[str]] = {
    "en": ("Assess risk again after contact", "Appointment with the legal adviser", "Medical check", "Agree on the next visit"),
    "fr": (
        "Réévaluer les risques après le contact",
        "Rendez-vous avec la conseillère juridique",
        "Examen médical",
        "Convenir de la visite",
    ),
}
REASONS: Mapping[str, str] = {
    "en": "The account is consistent and what was seen supports it; two questions stay open and do not change the picture.",
    "fr": "Le récit est cohérent et les observations le confirment ; deux questions restent ouvertes sans changer l'ensemble.",
}
SAFE: Mapping[str, Sequence[str]] = {
    "en": (
        "Message only, weekdays 10:00 to 12:00. Say “the library”.",
        "Never call; write to the shelter first.",
        "Call after 18:00, ask for nobody.",
    ),
    "fr": ("Message seulement, en semaine de 10 h à 12 h.", "Ne jamais appeler ; écrire d'abord au centre."),
}
CLOSED: Mapping[str, str] = {
    "en": "The plan is fulfilled, the person lives on their own and knows how to come back.",
    "fr": "Le plan est accompli, la personne vit chez elle et sait comment revenir.",
}
RISKS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "high": "The recruiter is at large and knows the family's address.",
        "medium": "No contact with the exploiters for some time; the debt is still claimed by messages.",
        "low": "Far from the place of exploitation, new number, nobody asks.",
    },
    "fr": {
        "high": "Le recruteur est en liberté et connaît l'adresse de la famille.",
        "medium": "Aucun contact avec les exploiteurs depuis un temps ; la dette est encore réclamée par messages.",
        "low": "Loin du lieu d'exploitation, nouveau numéro, personne ne demande rien.",
    },
}
GUARDIAN: Mapping[str, str] = {
    "en": "Guardian of the child-protection office",
    "fr": "Tuteur du service de protection de l'enfance",
}
TOO_YOUNG: Mapping[str, str] = {
    "en": "Too young to be asked; what the child shows is watched and written down.",
    "fr": "Trop jeune pour être interrogé ; ce que l'enfant montre est observé et noté.",
}
NOT_SHOWN: Mapping[str, str] = {
    "en": "The body sees no purpose of exploitation in what was told; the lawyer was informed.",
    "fr": "L'organisme ne voit pas de but d'exploitation dans ce qui a été dit ; l'avocat est informé.",
}
LED_TO: Mapping[str, str] = {
    "en": "Legal advice of the port, free of charge",
    "fr": "Permanence juridique gratuite du port",
}
