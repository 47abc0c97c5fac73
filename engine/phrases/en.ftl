### What the desk says in its own words within an answer.

not_found = I found nothing in the documents that answers this, so I won't guess. I have marked it for a person to look at.
unsure = The documents come close, but I could not find a statement that answers this. I have marked it for a person to look at.
overdue = This took too long on my side. I have marked it for a person to look at.
failed = Something went wrong on my side while answering this. I have marked it for a person to look at.
verified = Verified answer
verified_by = Verified answer, looked after by { $owner }
quoted = This is what the documents say:
closest = I am not sure that this answers it; it is the closest that the documents say:
model_down = I cannot write an answer at the moment, but this is what the documents say:
model_busy = Too many questions are waiting for me to write an answer, but this is what the documents say:
searching = searching { $n ->
    [one] one document
   *[other] { $n } documents
}
writing = writing the answer
place_in_line = { $place ->
    [1] Next
    [2] Second
    [3] Third
    [4] Fourth
    [5] Fifth
    [6] Sixth
    [7] Seventh
    [8] Eighth
    [9] Ninth
    [10] Tenth
   *[other] Number { $place }
} in line
in_line = { place_in_line }, { $about }.
in_line_unknown = { place_in_line }.
about_seconds = about { $n } s
about_minutes = about { $n } min
queued = I cannot write an answer at the moment. Your question is kept, and the answer will appear here.
too_long = That is { $length } characters; I read up to { $limit }. Please ask in fewer words.
no_words = I see no question there. Ask me something about { $workspace }'s documents, for example: “How do I …?” `help` tells what else I can do.
only_a_file = I see a file, and no question. Ask me about it right below, and I will read it.
greeting = Hello! Ask me anything that stands in our documents, and I will answer with the sources. `help` tells what else I can do.
which = Do you mean “{ $first }” or “{ $second }”?
what = I am not sure what “{ $word }” stands for here. Please ask again and name it.
draft_label = Draft by the bot. Read it before you use it.
no_writer = Nobody writes here: this needs a model. Whoever runs this bot can set one up.
cut_off = The answer was cut off at its longest.
reading_files = reading what was attached
looking = looking at the picture
from_attached = From what was attached, not from our documents:
only_attached = All of this is from what was attached, not from our documents.
disagree = ⚠️ The documents disagree on this:
disagree_side = - { $title } ({ $when }): “{ $said }” [{ $number }]
undated = no date
noted = Thank you, noted.
marked = I have marked this for a person to look at.
marked_already = This is marked for a person already.
answer_gone = I no longer have that answer.

## How old a text is, and dates

age_months = { $n ->
    [one] one month old
   *[other] { $n } months old
}
age_years = { $n ->
    [one] one year old
   *[other] { $n } years old
}
in_brackets = { " " }({ $said })
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
