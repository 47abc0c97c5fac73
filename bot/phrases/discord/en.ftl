### What Discord shows of the commands. At most 100 characters each.

## What the commands do

ask = Ask a question; everybody here can read the answer
why = How the last answer here came about
help = What the bot can do
forget_me = Delete what the bot remembers of you
feedback = Answers that did not help, and why
topics = What was asked in vain, by topic
kb = The documents that answers come from
kb_add = Load a file, a web page or a site
kb_list = List the documents
kb_show = One document: where it is from, for whom, how old
kb_remove = Take documents out of all answers
kb_sync = Load again what has changed
kb_search = The passages that a question finds
kb_entry = Write a question and its answer into the documents
kb_entries = The questions with their answers, to be changed
kb_cancel = Stop what you are loading

## What can be given with them

ask_question = What you want to know; without it, a window opens
ask_file = A file to be read with the question
ask_private = Answer me alone, in our direct messages
plugin_request = What you want
plugin_file = A file to be read with it
kb_add_file = A document, or a ZIP of documents
kb_add_url = The address of a page, a sitemap or a site
kb_add_as = What the address is
topics_days = How many days back
kb_list_search = A word of the title or the source
kb_list_status = Only these
kb_show_document = Its id or source
kb_remove_document = An id or a source
kb_sync_source = Only this one
kb_search_query = What to look for
kb_entry_question = The question; without it, a window opens
kb_entry_answer = The answer
kb_entry_also = Other ways to ask it, with | between them
kb_entry_owner = Who is asked when it is in doubt
kb_entry_expires = The last day it is right, as 2027-01-31
kb_entries_search = A word of the question or the answer

## Names of what can be given, and of the choices; in English they are told by these

name_question = question
name_request = request
name_private = private
name_file = file
name_url = url
name_as = as
name_days = days
name_search = search
name_status = status
name_document = document
name_source = source
name_query = query
name_answer = answer
name_also = also
name_owner = owner
name_expires = expires
name_page = page
name_sitemap = sitemap
name_crawl = crawl
name_searchable = searchable
name_failed = failed

## In the menu of a message

answer_this = Answer this
add_this = Add to knowledge base
correct_this = Correct this

## What only admins may use

for_admins = { $what } (admins)
