### What the desk says beside answers: help, commands, progress, buttons.

## Commands

command_code = Write, explain, review or fix code
help = **What I do.** I answer questions from our documents and show where it stands. Mention me, write to me directly, or go on in a thread that I am in. A file beside your question is read with it.

    - `ask` QUESTION: an answer here
    - `why`: how my last answer here came about
    - `help`: this
    - `forget-me`: delete what you asked me and what I answered you{ $plugins }

    Below each answer: *helpful*, *not helpful*, and *ask a person*.

    For admins, as a command or as a message to me:

    - `kb add` with files, or `kb add` ADDRESS: load documents, a web page, a site (`kb add sitemap` ADDRESS, `kb add crawl` ADDRESS)
    - `kb list` WORD: what is loaded; `kb list failed`: what could not be
    - `kb show` DOCUMENT: where it is from, for whom, how old
    - `kb remove` DOCUMENT: take it, or a whole source, out of all answers
    - `kb sync`: load again what has changed
    - `kb search` TEXT: the passages that are found, with scores
    - `kb entry`: a question and its answer, with a line `Q:`, a line `A:` and, where wanted, `Also:`, `Owner:`, `Expires:`
    - `kb entries` WORD: the questions with their answers, to be changed; `kb entry` QUESTION: one of them
    - `kb cancel`: stop what you are loading
    - `feedback`: the answers that did not help, and why
    - `topics` DAYS: what was asked in vain, by topic
unknown = I do not know `{ $name }`.
admins_only = Only an admin may do that. Admins here: { $admins }.
nobody_known = the people who installed me
what_to_add = Send me the files together with the words `kb add`, or write an address that begins with https:// after it. `kb add sitemap` ADDRESS loads all pages of a sitemap, `kb add crawl` ADDRESS a whole site.
no_paths = From chat I load attached files and web addresses only. Folders of the server are loaded there, with `frontdesk kb add`.

## Loading

started = I am loading { $what }. You see how it goes in my direct message to you.
started_unseen = I am loading { $what }. I cannot write to you directly, so nothing shows how it goes: `kb list` tells what is there.
loading = **Loading { $what }** …
syncing = **Looking for changes in { $what }** …
loaded = **Loaded { $what }**
synced = **Looked for changes in { $what }**
cancelled = **Cancelled: { $what }**
load_failed = **Not loaded: { $what }**
counts = { $found } found · { $parsed } parsed · { $embedded } passages embedded · { $searchable } searchable · { $unchanged } unchanged · { $failed } failed · { $waiting } waiting
counts_ended = { $found } found · { $searchable } searchable ({ $passages ->
    [one] one passage
   *[other] { $passages } passages
}) · { $unchanged } unchanged · { $failed } failed
gone = { $gone ->
    [one] One no longer exists at the source and was taken out
   *[other] { $gone } no longer exist at the source and were taken out
}
failures = These could not be loaded:
more = … and { $count } more: `kb list failed`
waits = It waits, and goes on by itself: { $reason }
left_out = Not everything was looked at:
after_failures = Mend them and send them again; pages that did not answer are tried again by `kb sync`.
after_cancel = What was loaded by then stays; `kb remove` takes it out.
files = { $count ->
    [one] one file
   *[other] { $count } files
}
everything = everything
for_public = Anybody may be told this, customers too.
for_workspace = Everybody in the workspace may be told this.
for_room = Only those who are in the room where you sent it may be told this.
for_this_room = Only those who are in one room ({ $room }) may be told this.
for_user = Only you may be told this.
grant_public = anybody
grant_workspace = workspace
grant_room = one room
grant_user = one person
cancel = Cancel
only_me = Only me
only_room = Only that room
whole_workspace = Whole workspace
cancelling = It is being cancelled.
not_running = That has ended already.
nothing_running = You are loading nothing just now.
regranted = Done, for { $count ->
    [one] one document
   *[other] { $count } documents
}.
load_gone = I know nothing of that load any more.

## Documents

none_loaded = Nothing is loaded yet. Send me a file with the words `kb add`.
none_match = No document fits that.
listed = **Documents { $first } to { $last } of { $count }**
next = Next
previous = Previous
passages = { $count ->
    [one] one passage
   *[other] { $count } passages
}
failed = failed: { $reason }
searchable = searchable
what_to_show = Which document? `kb show` DOCUMENT, with an id or a source as `kb list` shows them.
what_to_remove = Which document? `kb remove` DOCUMENT, with an id or a source as `kb list` shows them.
no_document = There is no document { $name } here: `kb list` shows what there is.
removed = Taken out: { $what }. No answer uses it from now on.
removed_many = { $count ->
    [one] Taken out: one document of { $what }. No answer uses it from now on.
   *[other] Taken out: { $count } documents of { $what }. No answer uses them from now on.
}
remove_many = That takes out **{ $count ->
    [one] one document
   *[other] { $count } documents
}** of { $what }:
remove_really = Take out { $count }
remove_singly = That is too much to confirm here: name one of them at a time, or use `frontdesk kb remove` in a terminal.
remove_changed = What that takes out has changed meanwhile: please look again.
remove = Take it out
shown_source = Source: { $value }
shown_id = Id: { $value }
shown_grant = May be told to: { $value }
shown_status = Status: { $value }
shown_passages = Passages: { $value }
shown_version = Version: { $value }
shown_loaded = Loaded: { $value }
shown_dated = Its text is from: { $value }
shown_checked = Last compared with its source: { $value }
shown_owner = Owner: { $value }
shown_expires = Expires: { $value }
shown_encoding = Encoding, as guessed: { $value }
what_to_search = What should I look for? `kb search` TEXT
found_nothing = Nothing was found.

## Entries, typed

entry_how = Write it like this:

    ```
    kb entry
    Q: How do I get a parking permit?
    Also: Where may I park?
    A: Ask at the gate; it costs nothing.
    Owner: Facilities
    Expires: 2027-12-31
    ```
entry_no_question = The line with the question is missing.
entry_no_answer = The line with the answer is missing.
entry_bad_date = I do not understand the date { $date }: write it as 2027-12-31.
entry_past = { $date } is over already: nobody would ever get this answer.
entry_bad_audience = There is no audience { $audience }: write public, workspace, room:ID or user:ID, or leave the line out.
entry_kept = Kept: **{ $question }**. { $audience }
entry_variants = It is also found by { $count ->
    [one] one other question
   *[other] { $count } other questions
}.
entry_expires = It is used until { $date }.
entry_second = In its other language: **{ $question }**.
entry_edit = Change
entry_add_second = Add another language
entry_edit_second = Change the other language
entry_edit_title = Change this entry
entry_second_title = In another language
entry_gone = This entry is not there any more.
entry_too_long = This entry is too long for a window: change it in a file (`frontdesk kb entries --csv`) and load that.
entry_ways = Also asked as: { $ways }
entries_none = There are no entries like that here.
entries_listed = **Entries { $first } to { $last } of { $count }**
entries_open = Open one
entries_kept = Entries kept: { $kept }; as they were: { $unchanged }.
entries_readers = Where the file names no audience: { $audience }
entries_wrong = Nothing of { $name } was loaded. These lines are wrong:
for_anybody = Anybody, customers too
correct_this = Correct this
correct_title = Correct this answer
correct_seen = It is shown below the answer too.
correct_no_answer = I can only correct an answer of mine that is still there.
correct_kept = Kept: **{ $question }**.
correct_told = I say so below the answer.
correct_untold = Not everybody who reads the answer may be told, so nothing is said there.
corrected_by = Corrected by { $name }:
mined_ask = **Shall this become an entry?** Nothing I know answered it, a colleague did, and whoever asked was content.
mined_add = Add
mined_no = No
mined_gone = This is decided already, or is not there any more.
mined_declined = It does not become an entry.
mined_added = An answer of a colleague has become an entry.
mined_expired = A proposal for an entry has expired.
mined_forgotten = A proposal for an entry is not there any more.

## Told aside, and to admins

you_asked = You asked:
share = Share where I asked
share_now = Yes, share it
share_ask = Share this answer in { $room }?
share_there = the conversation where you asked
share_hidden = Pages of it that not everybody there may be allowed to see: { $count }
share_names = It goes there with the names and links of all its pages, and says that it comes from you.
shared = It will stand in { $room } in a moment.
shared_already = You have shared this answer already.
shared_by = Shared by @{ $name }
shared_by_hidden = Shared by @{ $name }. Not everybody here may be able to open its pages.
share_off = Answers that only you may see cannot be shared here: an admin has switched that off.
share_gone = There is nothing to share any more: the question or the answer was deleted.
share_left = You do not read along any more where you asked, so I cannot share it there.
share_outside = People from outside read along where you asked, so I cannot share it there.
share_changed = The pages of this answer have changed, or you may not read all of them any more. Please ask again.
share_late = It took too long.
share_not = I have not shared that answer. { $why }
share_refused = This answer could not be shared when you wanted it. Please ask again.
only_you = There is more about this that only you may see, not everybody who reads here.
only_you_elsewhere = There is more about this that only you may see, not everybody who reads there.
show_me = Show me
shown_aside = I answer in our direct messages.
not_yours = That is for the person who asked.
nothing_private = I answer commands in direct messages, and you take none from me. Open them, or write to me there.
done = Done.
forgotten = { $count ->
    [one] Done: 1 of your questions and its answer are deleted here.
   *[other] Done: { $count } of your questions and their answers are deleted here.
} What stands in this chat itself, only you or your workspace can delete.
needs_person = A question needs a person
needs_why = Why: { $reason }
needs_open = Open the conversation
contradict = Two documents contradict each other
contradict_hidden = A document that was loaded for other readers says something else.
contradict_seen = Answers that have met this: { $count }. They show both. Which one is right? Please correct the other.

## How an answer came about

why_nothing = I have not answered anything here yet.
why_heading = **How the last answer here came about** ({ $outcome })
why_answered = answered
why_handed_off = handed off
why_refused = refused
why_ignored = ignored
why_searched = Searched for: { $text }
why_looked_at = Looked at:
why_dated = , of { $when }
why_sure = Sure to { $share }
why_needed = ; { $needed } would be needed for { $precision } of such answers to be right
why_reason = Reason: { $reason }
why_model = Written by { $model }: { $prompt ->
    [one] one token
   *[other] { $prompt } tokens
} read ({ $share } of them from the cache), { $completion } written
why_server = Its server: { $server }
why_cut = Taken out, because it does not stand in the documents: { $count ->
    [one] one sentence
   *[other] { $count } sentences
}
why_took = It took { $seconds } s

## Below an answer

sources = Sources
helpful = Helpful
not_helpful = Not helpful
person = Ask a person
question = Question
say_why = Say why
why_title = What was wrong?
why_label = What was wrong or missing?
why_hint = The admins read this, together with the question.
better_label = What would be right, if you know it
why_kept = Thank you. The admins will read it.
feedback_none = Nobody has found an answer unhelpful yet.
feedback_listed = **Answers that did not help: { $first } to { $last } of { $count }**
feedback_hidden = asked where you do not read along
topics_none = Nothing was asked in vain in the last { $days } days, as far as you may read.
topics_heading = **Asked in vain in the last { $days } days: { $count ->
    [one] one question
   *[other] { $count } questions
}, { $topics ->
    [one] one topic
   *[other] { $topics } topics
}**
topic = { $count ->
    [one] One question
   *[other] { $count } questions
}, { $handed } handed to a person: { $about }
topic_pages = Nearest documents: { $pages }
topics_more = And { $count } smaller topics.
topics_hidden = { $count ->
    [one] One more was asked where not everybody here reads along.
   *[other] { $count } more were asked where not everybody here reads along.
}
would_be_right = Would be right:
open_it = open
to_entry = Add { $number } to knowledge base

## Windows

entry_title = Add to knowledge base
entry_question = Question
entry_also = Other ways to ask it, one a line
entry_answer = Answer
entry_owner = Who is asked when it is in doubt
entry_last_day = The last day it is right
ask_form = Ask a question
ask_title = Ask the front desk
ask_label = Your question
ask_hint = I answer in our direct messages.
ask_what = There is no question in that.

## Home

home_hello = **Ask me anything that stands in our documents.** Write to me, mention me, or use the button.
home_yours = **Your last questions**
home_none = You have not asked anything yet.
home_admins = **For admins**
home_documents = Documents: { $count } searchable, with { $passages ->
    [one] one passage
   *[other] { $passages } passages
}; { $failed } could not be loaded
home_model = Answers are written by { $model }
home_no_model = No model writes: the documents are quoted
home_ended = { $count ->
    [one] The last question
   *[other] Of the last { $count } questions
}: { $answered } answered, { $handed } handed to a person, { $refused } refused
home_thought = What people pressed below those: { $helpful } helpful, { $unhelpful } not helpful
home_waiting = Questions without an end yet: { $count }
home_persons = **Waiting for a person: { $count }**
home_hidden = { $count ->
    [one] One of the newest was asked where you do not read along
   *[other] { $count } of the newest were asked where you do not read along
}
home_list = Documents
home_feedback = What did not help

## Sending

send = Send
sorry = That did not work. Please try it again in a minute.
form_late = Slack did not open the window in time. Please try it again.

## Installing in Slack

install_done = Frontdesk is installed in { $place }. In Slack, mention it in a room or write to it directly.
install_again = This page belongs to another browser, or it took longer than ten minutes. Please begin again at /slack/install.
install_declined = Frontdesk was not installed.
install_refused = Frontdesk could not be installed there: ask whoever runs it.
install_unavailable = Slack or Frontdesk does not answer now. Please begin again at /slack/install in a minute.

## In a room

you_wrote = You wrote:
no_words_there = There is nothing in that message that I could answer.
other_workspace = This desk belongs to another workspace.
ask_example = Write your question after it: `/frontdesk ask How do I get a key?`
claimed_example = Write what you want after it: `/frontdesk { $name } …`
cannot_ask_here = I cannot ask that here: { $reason }. You can also ask me in a direct message.
slack_busy = Slack is busy and did not take your question. Please ask again in a minute.
somebody = Somebody
asks = { " " }asked:
answer_below = I answer below that message.
whole_attached = The full answer is in the attached file.
doing = is { $doing } …
often_asked = People here often ask
not_kept = I could not take this question just now. Please ask again in a minute.
went_wrong = Something went wrong on my side; it has been logged. Please try again.
cannot_write_here = I cannot write in this channel: my role needs “View Channel” and “Send Messages” here. Ask me somewhere else, or in a direct message.

## Forums and threads

solved_button = Solved
attached_here = { " " }(attached to the question)
file_whole = Read: { $names }
file_part = Read in part, what has most to do with the question: { $names }
file_seen = Looked at: { $names }
file_unread = Not read: { $name } ({ $reason })
between = ,{ " " }
solved_before = Asked before, and solved
post_solved = Marked as solved.
post_solved_tagged = Marked as solved, and tagged.
post_no_right = I could not put the tag on it: my role needs “Manage Threads” in this forum.
post_not_yours = Only whoever opened this post, or an admin, can say that it is solved.
post_gone = This answer is no longer there.
left = I leave this thread. Mention me, and I am back.
leave_where = Mention me with the word *leave* in the thread that I am to leave.

## In the terminal

chat_hello = Ask in your own words. Also: /why (how the last answer came about), /help, /forget-me; Ctrl-D ends.
passed_on = Passed on to a person.

## Below the bot's name in Discord, for everybody

presence = Ask me: /ask

## Menus

meant = Which one do you mean?
meant_taken = I answer for “{ $name }”.
meant_gone = That page has changed meanwhile. Please ask again.
who_may = Who may be told this?
wrong_untrue = It is not true
wrong_outdated = It is out of date
wrong_incomplete = Something is missing
wrong_beside = It is not what I asked
wrong_unclear = It is hard to understand
wrong_sources = The sources do not say it

## Drafts: what stands below them

draft_export = Export
draft_export_as = As what?
draft_as_markdown = Markdown
draft_as_plain = Plain text
draft_as_html = HTML
draft_exported = Version { $number } of the draft:
draft_versions = Versions
draft_version = Version { $number }
draft_unchanged = (nothing changed)
draft_back = Go back to …
draft_back_words = back to version { $number }
draft_back_taken = I go back to version { $number }.
draft_post = Post…
draft_post_title = Post version { $number }
draft_room = Which room?
draft_room_hint = for example #news
draft_post_ask = Post version { $number } to { $room }?
draft_post_named = It says that it was posted by you. You can take it back within an hour.
draft_post_now = Yes, post it
draft_posted = Version { $number } will stand in { $room } in a moment.
draft_posted_already = Version { $number } was posted to { $room } already.
draft_posted_by = Posted by @{ $name }
draft_undo = Take it back
draft_undone = I am taking it back.
draft_undo_gone = There is nothing to take back any more.
draft_undo_late = That was more than an hour ago. Please delete the message yourself, or ask somebody who may.
draft_undo_refused = I may not delete what I posted. Please ask an admin.
draft_not_yours = Only whoever asked for this draft, and admins, can use these buttons.
draft_gone = The draft is not there any more.
draft_no_room = I can post only where you may write yourself and I am too: “{ $name }” is no such room. Some that are: { $rooms }
draft_changed = The pages that this draft was made from have changed, or you may not read all of them any more. Please have it drafted again.
draft_hidden = Not everybody in { $room } may read what this draft was made from: { $titles }. So I do not post it there.
draft_result = what a tool found
draft_not_posted = I have not posted that draft. { $why }

## Calls of tools that wait for somebody's word

call_allow = Allow once
call_deny = Deny
call_gone = There is nothing to allow any more: the question was deleted, or the call is not the one that was shown.
call_not_you = Only an admin may allow this: { $who }.
call_already = Somebody has decided on this already.
call_late = It is too late to allow this. Please ask again.
call_allowed_now = Allowed, once. What comes of it will stand in the conversation.
call_denied_now = Denied. Nothing was done.
call_done = { $tool } was called, once, as { $name } allowed. It says:
call_failed = { $tool } was called, once, as { $name } allowed, and failed:
call_unknown = { $tool } was called as { $name } allowed, and I was interrupted: I do not know whether it came to its end. I will not call it again; please look there.
call_refused = { $name } allowed { $tool }, and I have not called it.
call_denied = { $name } denied { $tool }. Nothing was done.
call_running = { $tool } is being called.
call_allowed = { $tool } will be called.
call_asked = { $tool } waits for an admin's word.
why_calls = Tools:
why_calls_hidden = more, whose results you may not see: { $count }
why_call_ran = called
why_call_failed = called, and it failed
why_call_refused = not called
why_call_asked = somebody was asked
why_call_done = called, as somebody allowed
why_call_unknown = called, its end is not known
why_call_denied = denied
command_draft = write a draft: an announcement, an article, a reply, a summary, a translation …
