### Reasons and notes of the engine, as it gives them: a reason is recognised by these, and told by its name.

## How an answer came about

nothing_knowledge_base = nothing in the knowledge base answers this
asked_back = asked back
greeting = a greeting
shared_whoever_asked = shared by whoever asked
passages_come_close = the passages come close, but the model found no answer in them
nothing_model_wrote = nothing that the model wrote stands in the documents
no_plugin_answered = no plugin answered
message_no_words = the message has no words
question_too_long = the question is too long
channel_settings_any = its channel is not in the settings any more
channel_settings_any_more = the channel { $a } is not in the settings any more
answering_failed_times = answering failed { $a } times
could_answered_time = it could not be answered in time
asker_wants_person = the asker wants a person
somebody_asked_person = somebody asked for a person
searched_words_alone = searched by words alone: the question could not be embedded
reranked_did_answer = not reranked: { $a } did not answer
order = order by { $a }
model_did_answer = the model did not answer: { $a }
model_had_too = the model had too much to do: { $a }
entry_given_stands = an entry was given as it stands
best_passage_quoted = the best passage was quoted
adapter_loaded_model = the adapter { $a } is not loaded at the model server: { $b } wrote
local_model_no = the local model has no adapters: it wrote without { $a }
model_too_much = The model has too much to do.
model_server_too = The model server has too much to do.
local_model_busy = The local model was busy for { $a } s.
model_done_after = The model was not done after { $a } s (model.total_s).
model_fell_silent = The model fell silent in the middle of an answer for { $a } s (model.idle_s).
model_wrote_nothing = The model wrote nothing for { $a } s (model.first_token_s).
model_wrote_nothing_answer = The model wrote nothing: its answer was empty, or it was all reasoning.
model_repeats_itself = The model repeats itself without end.
model_wrote_more = The model wrote more than { $a } characters: it does not stop.
model_server_failed = The model server failed { $a } times in a row; it is tried again in a moment.
model_server_broke = The model server broke off in the middle of an answer.
model_server_broke_off = The model server broke off with an error: { $a }
model_server_fails = The model server fails with status { $a }: { $b }
model_server_does = The model server at { $a } does not answer: is it running, is model.url right?
model_server_took = The model server at { $a } took the request and said nothing.
model_server_cannot = The model server at { $a } cannot be reached ({ $b }): start it, or set model.url.
connection_model_server = The connection to the model server at { $a } broke ({ $b }).
model_server_refuses = The model server refuses our key: set model.api_key.
model_server_refuses_request = The model server refuses the request with status { $a }: { $b }
prompt_too_long = The prompt is too long for the model: { $a }

## What a load waits for

disk_full_make = the disk is full: make room in { $a }; until then nothing new is found
search_index_cannot = the search index cannot be written: { $a }
search_index_being = the search index is being written anew: try again in a moment
database_does_take = the database does not take this now: { $a }
chat_platform_does = the chat platform does not give { $a } now (status { $b })
chat_platform_does_give = the chat platform does not give { $a } now ({ $b })
failed_unexpectedly_log = it failed unexpectedly; the log says more

## Why a document was not loaded: files

could_embedded_try = it could not be embedded, try again later: { $a }
embedder_does_answer = the embedder does not answer: { $a }
passages_were_ready = it has { $a } passages, and only { $b } of them were ready in { $c } s: cut it into parts
cancelled_removed_while = it was cancelled or removed while it was being loaded
no_such_file = there is no such file or folder: { $a }
no_files_folder = there are no files in this folder
no_files_any = there are no files in { $a } any more: is its disk not there? What was loaded from it stays; `kb remove { $b }` takes it out
any_more_disk = { $a } is not there any more: is its disk not there? What was loaded from it stays; `kb remove { $b }` takes it out
no_regular_file = this is no regular file
file_empty = the file is empty
no_text_found = no text was found in it
more_million_characters = it has more than { $a } million characters of text: cut it into parts
file_mb_more = the file has { $a } MB, more than { $b }: cut it into parts
nested_too_deeply = it is nested too deeply to be read
protected_password_save = it is protected by a password: save it without one
protected_password = it is protected by a password
reading_took_more = reading it took more than { $a } s
reading_takes_more = reading it takes more than { $a } s of computing
reading_needs_more = reading it needs more than { $a } MB of memory
reader_broke_down = its reader broke down: the file is damaged, made to do harm, or needs too much memory
damaged_reader_gave = it is damaged: its reader gave no answer that makes sense
no_text_but = this is no text but binary data, of a kind that cannot be read
more_1_characters = more than 1 % of the characters cannot be decoded as { $a }: save the file as UTF-8
whatever_called = this is { $a }, whatever it is called: { $b }
called_but_something = it is called { $a }, but there is something else in it, or it is damaged
called_but_archive = it is called { $a }, but it is an archive without a document in it
called_eml_but = it is called .eml, but it has none of an e-mail's headers
office_document_kind = this is an office document of a kind that cannot be read: { $a }
opendocument_epub_cannot = OpenDocument and EPUB cannot be read: save it as .docx, .pptx, .xlsx or PDF
damaged_end_missing = this { $a } is damaged: its end is missing
file_without_ending = a file without an ending cannot be read: { $a }
cannot_read_markdown = { $a } cannot be read: Markdown, { $b }
no_archive_damaged = this is no archive, or it is damaged: its beginning is missing
archive_no_document = an archive is no document: its files are loaded one by one
archive_more_files = the archive has more than { $a } files: cut it into parts
archive_more_mb = the archive has more than { $a } MB unpacked: cut it into parts
archive_damaged = the archive is damaged: { $a }
more_mb_attached = there is more than { $a } MB attached
more_mb_unpacked = it has more than { $a } MB unpacked
too_large_mb = it is too large: { $a } MB when it is unpacked
grows_more_times = it grows to more than { $a } times its size when it is unpacked
grows_times_size = it grows to { $a } times its size when it is unpacked: no document does
damaged_packed_way = it is damaged or packed in a way that cannot be read: { $a }
no_files_archive = there are no files in the archive
no_files_archive_more = there are no files in this archive
archive_any_more = it is not in the archive any more
word_document_damaged = the Word document is damaged: { $a }
powerpoint_file_damaged = the PowerPoint file is damaged: { $a }
excel_file_damaged = the Excel file is damaged: { $a }
xml_declares_entities = its XML declares entities (a DTD), which no office program writes
nothing_visible_sheets = there is nothing in its visible sheets
more_cells_cut = it has more than { $a } cells: cut it into parts
table_more_cells = the table has more than { $a } cells: cut it into parts
table_cannot_read = the table cannot be read: { $a }
no_row_both = no row has both a question and an answer
no_row_both_question = no row{ $a } has both a question and an answer
email_more_parts = the e-mail has more than { $a } parts
email_no_text = the e-mail has no text (attachments are read on their own)
email_cannot_parsed = the e-mail cannot be parsed: { $a }
pdf_damaged = the PDF is damaged
pdf_damaged_none = the PDF is damaged: none of its pages can be read
pdf_more_pages = the PDF has more than { $a } pages: cut it into parts
pdf_more_million = the PDF has more than { $a } million characters: cut it into parts
no_text_found_if = no text was found in it: if its pages are pictures (a scan), run text recognition over it first
fonts_do_say = its fonts do not say which characters they show: export it again, with its text
html_cannot_parsed = the HTML cannot be parsed: { $a }
restructuredtext_cannot_parsed = the reStructuredText cannot be parsed: { $a }
no_valid_json = this is no valid JSON: { $a }
json_nested_too = the JSON is nested too deeply to be read
line_no_valid = line { $a } is no valid JSON: { $b }
line_nested_too = line { $a } is nested too deeply to be read
file_more_values = the file has more than { $a } values: cut it into parts
entry_needs_question = an entry needs a question and an answer
question_characters_most = a question has { $a } characters at most, an answer { $b }: load longer texts as a document
entry_variants_most = an entry has { $a } variants at most, of { $b } characters each

## Files that were sent in chat

files_were_attached = files that were attached to messages are loaded only by `frontdesk run`
channel_where_file = the channel { $a }, where the file was sent, is not in the settings any more
send_file_again = { $a }: send the file again
mb_most_mb = { $a } has { $b } MB: at most { $c } MB are read from chat
kept_chat_platform = { $a } is not kept by the chat platform itself: send the file, not a link to it
bot_may_read = the bot may not read { $a } (status { $b })
files_beside_question = files beside a question are not read here (attachments.tokens is 0)
no_model_writes = no model writes here that could read it
no_time_left = there was no time left to read it
files_message_read = only { $a } files of a message are read
no_answer_written = no answer was written
picture_model_here = it is a picture, and the model here reads text only
model_could_look = the model could not look at it: { $a }
model_saw_nothing = the model saw nothing in it
pictures_kinds_png = only pictures of the kinds PNG, JPEG, GIF and WebP are looked at
picture_mb_most = the picture has { $a } MB: at most { $b } MB are looked at
picture_x_pixels = the picture has { $a } x { $b } pixels: at most { $c } are looked at
answered_from_what = answered from what was attached, not from the documents
neither_documents_nor = neither the documents nor what was attached answers this
gone_from_chat = { $a } is gone from the chat platform: send it again
uploaded_upload_again = { $a } was uploaded: upload it again, it cannot be looked at where it came from

## Web addresses

addresses_cannot_loaded = { $a }:// addresses cannot be loaded, only http:// and https://
no_web_address = { $a } is no web address: give one, or attach the file
no_source_workspace = there is no source { $a } in workspace { $b }: kb list --sources shows them
no_web_address_more = this is no web address
address_longer_characters = the address is longer than { $a } characters
address_spaces_backslashes = the address has spaces, backslashes or invisible characters in it: copy it from the browser
address_control_characters = the address has control characters in it: copy it from the browser
no_proper_web = this is no proper web address: copy it from the browser
addresses_begin_with = only addresses that begin with https:// or http:// can be fetched
address_name_password = the address has a name or password in it: take that out, Frontdesk logs in nowhere
address_no_proper = the address has no proper host name: write it as people read it, https://host/page
port_one_web = port { $a } is not one of the web's own (80, 443): to load from there, add "{ $b }" to allow_hosts under [knowledge] in the settings
does_lead_public = { $a } does not lead to a public address, and only public ones are fetched: if it is your own documentation, add "{ $b }" to allow_hosts under [knowledge] in the settings
no_host_look = there is no host { $a }: look for a typing error in the address
no_such_page = there is no such page ({ $a } answered { $b })
lets_those_who = { $a } lets only those in who log in or whom it knows ({ $b }): save the page as a file and load that
save_page_file = { $a } ({ $b }): save the page as a file and load that
cannot_read = { $a } cannot be read: { $b }
busy_asks_come = { $a } is busy and asks to come back later ({ $b })
answered_instead_page = { $a } answered { $b } instead of the page
took_longer_s = { $a } took longer than { $b } s to answer
cannot_read_no = { $a } cannot be read: no connection could be made
cannot_read_no_connection = { $a } cannot be read: no connection could be made in time
cannot_read_page = { $a } cannot be read: the page broke off before its end
cannot_read_did = { $a } cannot be read: it did not answer as a web server should
sent_more_kb = { $a } sent more than { $b } kB of headers
page_more_mb = the page has more than { $a } MB
page_broke_off = the page broke off before its end
page_cannot_decompressed = the page cannot be decompressed
page_compressed_way = the page is compressed in a way that was not asked for ({ $a })
page_packed_more = the page is packed more than { $a } times smaller than it is: it looks like a bomb
page_redirects_circle = the page redirects in a circle
page_redirects_more = the page redirects more than { $a } times
page_redirects_nowhere = the page redirects to nowhere
page_redirects_something = the page redirects to something that is no web address
page_redirects_address = the page redirects to an address that cannot be fetched: { $a }
page_redirects_fetched = the page redirects to { $a }, which is fetched only when it is asked for itself
page_redirects_from = the page redirects from https to http, to { $a }, where anybody could change it
film_image_no = this is a film or an image, no document
binary_data_no = this is binary data of no kind that can be read
no_document = this is { $a }, no document
no_pages_were = no pages were found there; { $a }
no_pages_were_found = no pages were found there
site_robots_txt = the site's robots.txt asks not to fetch this page
site_robots_txt_cannot = the site's robots.txt cannot be asked for permission, try again later: { $a }
site_robots_txt_cannot_asked = the site's robots.txt cannot be asked for permission: { $a }
no_sitemap_give = this is no sitemap: give the address of a sitemap.xml, or crawl the site
sitemap_doctype_sitemaps = the sitemap has a DOCTYPE, which sitemaps have not
sitemap_proper_xml = the sitemap is not proper XML ({ $a }, line { $b })
sitemap_nested_too = the sitemap is nested too deeply

## Notes of one of several sites

of_a_site = { $site }: { $reason }

## What was left out

sitemap_lists_more = the sitemap lists more than { $a } pages, the rest was left out (sitemap_pages under [knowledge] in the settings)
crawl_ended_after = the crawl ended after { $a } pages (crawl_pages under [knowledge] in the settings), with at least { $b } more to look at
sitemap_could_read = the sitemap { $a } could not be read: { $b }
listed_addresses_other = { $a } listed addresses are of other hosts and were left out
listed_pages_were = { $a } listed pages were left out as robots.txt asks
linked_pages_were = { $a } linked pages were left out as robots.txt asks
site_sitemaps_were = only { $a } of the site's sitemaps were read

## Kinds of things, where they stand in a reason

thing_picture = a picture
thing_image = an image
thing_film = a film
thing_sound = a sound
thing_sound_more = sound
thing_program = a program
thing_film_sound = a film or a sound
thing_sound_film_picture = a sound, a film or a picture
thing_image_sound_film = an image, sound or film
thing_sound_film = sound or film
thing_database = a database
thing_font = a font
thing_archive_zip = an archive that is not ZIP
thing_gzip_archive_pack = a gzip archive (pack it as ZIP)
thing_a_7_zip = a 7-Zip archive (pack it as ZIP)
thing_rar_archive_pack = a RAR archive (pack it as ZIP)
thing_bzip2_archive_pack = a bzip2 archive (pack it as ZIP)
thing_xz_archive_pack = an xz archive (pack it as ZIP)
thing_zstd_archive_pack = a zstd archive (pack it as ZIP)
thing_postscript_save_pdf = PostScript (save it as PDF)
thing_rtf_save_docx = RTF (save it as .docx)
thing_djvu_save_pdf = DjVu (save it as PDF)
