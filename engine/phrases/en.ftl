### What the desk says in its own words within an answer.

not_found = I found nothing in the documents that answers this, so I won't guess. I have marked it for a person to look at.
unsure = The documents come close, but I could not find a statement that answers this. I have marked it for a person to look at.
overdue = This took too long on my side. I have marked it for a person to look at.
failed = Something went wrong on my side while answering this. I have marked it for a person to look at.
to_a_person = I have marked this for a person to look at. You will hear from them here.
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
small_thanks = You are welcome!
small_bye = Goodbye! I am here whenever you have a question.
small_wish = Thank you, and the same to you!
small_how = All is well here, thank you. What would you like to know?
small_who = I am Frontdesk, the bot at this front desk, and no person. I answer questions from our documents, with the sources; what I cannot answer I pass on to a person. `help` tells what else I can do.
small_bot = Yes, I am a bot, not a person. I answer from our documents, with the sources; “Ask a person” below my answers brings you one.
small_can = Ask me anything that stands in our documents: I answer with the sources, and pass on to a person what I cannot answer. `help` tells what else I can do.
small_fun = I am only the bot at the front desk, and no good at that. Ask me anything that stands in our documents.
small_elsewhere = That is nothing that our documents are about, so I cannot help with it. Ask me anything that stands in them.
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
using_tool = asking { $tool }
tool_asks = I would make this call, and have not made it: somebody has to allow it first.
tool_can_write = it changes something.
tool_can_outside = it reaches people or systems outside this organisation.
tool_who = An admin can allow exactly this, once, within an hour.
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

## Snippets

code_line = line { $line }: { $said }
code_near = I cannot parse what begins with “{ $detail }”
code_missing = “{ $detail }” is missing
code_broken = I cannot parse this
code_secret = a password or key is written into it; read it from the environment
code_hidden = { $count ->
    [one] A value here looks like a secret. I took it out.
   *[other] { $count } values here look like secrets. I took them out.
}
code_cut = It was cut off at its longest: the end is missing.
code_broken_as = This does not parse as { $language }:
code_faulty = This parses, but it is faulty:
code_excerpt = A part of the code; it does not parse as { $language } by itself.
code_example_wrong = One of your examples fails: { $said }
code_other_language = You asked for { $language }; I did not manage to write it in that.
code_changed = What has changed:
code_uses = It uses what is described in { $markers }.
code_packages = Needs { $names }, which the language does not bring along.
code_dangers = Look at this before you run it:
code_danger = line { $line }: { $name } { $why }
code_too_long = That is more code than I can read at once. Send me the part that matters.
own_code_parses = Your code parses as { $language }.
own_code_broken = Your code does not parse as { $language }:
own_secrets = { $count ->
    [one] What you sent holds a secret. I took it out before I read it; change it, others may have seen it.
   *[other] What you sent holds { $count } secrets. I took them out before I read it; change them, others may have seen them.
}
danger_eval = runs text as code
danger_shell = starts other programs; what people type must never get into it
danger_pickle = makes objects from data, and can run code from it
danger_deletes = deletes files
danger_disk = overwrites a disk
danger_fetched = runs what it has just downloaded
danger_sql = changes or deletes data for good
danger_sql_text = puts a query together from text; use parameters
danger_html = puts text into a page as HTML
danger_tls = does not check who is at the other end
danger_memory = can write past the memory that it has
danger_secret = is a secret that is written into the code
checked = Checked: { $said }.
checked_between = {", "}
checked_parsed = parsed as { $language }
checked_linted = linted
checked_broken = it does not parse as { $language }
checked_nothing = nothing, I have no parser for { $language }
checked_not_run = not run
checked_ran = { $count ->
    [one] ran on your example, { $passed ->
        [one] as expected
       *[other] which failed
    }
   *[other] ran on your { $count } examples, { $passed } as expected
}
checked_could_not = it could not be run here ({ $why })
checked_no_examples = with examples such as f(2) == 4 I would run it
## Drafts

usage_draft = Tell me what to write, and I will draft it. For example: “draft: an announcement for all staff that the office closes on Friday at 17:00, at most 80 words, friendly”. Also articles, release notes, replies to customers, posts, and summaries of this thread or of a file.
draft_no_thread = I can summarise a thread only from within it, and there is nothing here that I could read. Mention me in the thread, or paste the text below your request.
draft_no_version = There is no version { $n } of this draft. The last one is version { $last }.
draft_buttons = The buttons below the draft do that: “Post…” (in Slack and Discord) puts it into a room where you may write, “Export” hands it out as Markdown, plain text or HTML. Whoever asked for the draft may press them, and admins.
draft_writing = writing a draft
draft_mending = putting right what the check found: { $n ->
    [one] one thing
   *[other] { $n } things
}
draft_to_check = *(to be checked)*
draft_version = Version { $n }
draft_words = { $n ->
    [one] one word
   *[other] { $n } words
}
draft_changed = { $before } → { $now } words, { $removed } removed, { $added } added
draft_same = nothing changed
draft_again = version { $n } again
draft_more_places = and in { $n ->
    [one] one more place
   *[other] { $n } more places
}
draft_unmet = ⚠️ Could not be met: { $what }
draft_unfounded = ⚠️ To be checked, since it stands in no source ({ $n }): { $what }
draft_go_on = Tell me what to change: “shorter”, “more formal”, “in Chinese”, “add a line on …”, “back to version 1”.
limit_count = { $relation ->
    [least] at least { $n }
    [most] at most { $n }
    [about] about { $n }
   *[other] exactly { $n }
}
limit_has = it has { $n }
limit_words = { limit_count } words
limit_characters = { limit_count } characters
limit_sentences = { limit_count } sentences
limit_paragraphs = { limit_count } paragraphs
limit_bullets = { limit_count } bullet points
limit_highlights = { limit_count } highlighted parts
limit_placeholders = { limit_count } placeholders
limit_capital_words = { limit_count } words in capital letters
limit_headings = { limit_count } headings
limit_sections = { limit_count } sections under “{ $what }”
limit_keyword = “{ $what }” { limit_count } times
limit_letter = the character “{ $what }” { limit_count } times
limit_first_word = paragraph { $n } begins with “{ $what }”
limit_title = a title in <<…>>
limit_lowercase = all in lowercase
limit_uppercase = all in capital letters
limit_no_commas = no commas
limit_no_emoji = no emoji
limit_quoted = all of it between double quotation marks
limit_json = JSON
limit_two = two versions with ****** between them
limit_forbidden = without the words { $what }
limit_postscript = a postscript { $what }
limit_ending = ends with “{ $what }”
limit_opening = begins with “{ $what }”
limit_repeat = repeats the request first
limit_language = in { $what } only
limit_one_of = one of: { $what }
limit_point = says: { $what }
limit_says = says: { $what }


## Translation

translating = translating, part { $n } of { $total }
usage_translate = Tell me what to translate, for example: “translate into Chinese: The office closes at 17:00”. Also a file that you attach, the last draft, or this thread.
translation_moved = these stood nowhere in the translation, and are added behind their sentence: { $what }
translation_numbers = these numbers were lost, and are added behind their sentence; please look at them: { $what }
translation_terms = these terms of the glossary are translated otherwise: { $what }
translation_left = { $n ->
    [one] one part may not be translated
   *[other] { $n } parts may not be translated
}
translation_rest = it is too long for one time: the last { $n } characters are not translated
