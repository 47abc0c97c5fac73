### 引擎給出的原因和說明。台灣用語。

-readable = 可以載入 Markdown、純文字、reStructuredText、HTML、PDF、Word、PowerPoint、Excel、表格、JSON、電子郵件，以及包含這些的 ZIP

## 回答是怎麼得出的

nothing_knowledge_base = 知識庫中沒有能回答這個問題的內容
asked_back = 需要先反問
greeting = 問候
shared_whoever_asked = 由提問者分享
passages_come_close = 段落內容相近，但模型沒有在其中找到答案
nothing_model_wrote = 模型所寫的內容在文件中沒有依據
no_plugin_answered = 沒有外掛作答
message_no_words = 訊息中沒有文字
question_too_long = 問題太長
channel_settings_any = 它的頻道已不在設定中
channel_settings_any_more = 頻道 { $a } 已不在設定中
answering_failed_times = 回答失敗了 { $a } 次
could_answered_time = 沒能及時回答
asker_wants_person = 提問者希望轉人工
somebody_asked_person = 有人要求轉人工
searched_words_alone = 只依字詞檢索：問題無法向量化
reranked_did_answer = 未重新排序：{ $a } 沒有回應
order = 由 { $a } 排序
model_did_answer = 模型沒有回應：{ $a }
model_had_too = 模型太忙：{ $a }
entry_given_stands = 依原文給出了一則問答
best_passage_quoted = 引用了最相符的段落
adapter_loaded_model = 模型伺服器沒有載入轉接器 { $a }：由 { $b } 撰寫
local_model_no = 本地模型沒有轉接器：撰寫時沒有使用 { $a }
model_too_much = 模型太忙。
model_server_too = 模型伺服器太忙。
local_model_busy = 本地模型忙了 { $a } 秒。
model_done_after = { $a } 秒後模型仍未寫完（model.total_s）。
model_fell_silent = 模型寫到一半停了 { $a } 秒（model.idle_s）。
model_wrote_nothing = 模型在 { $a } 秒內什麼也沒有寫（model.first_token_s）。
model_wrote_nothing_answer = 模型什麼也沒有寫：回答為空，或全是思考過程。
model_repeats_itself = 模型不停地重複自己。
model_wrote_more = 模型寫了超過 { $a } 個字元，沒有停下來。
model_server_failed = 模型伺服器連續失敗了 { $a } 次，稍後再試。
model_server_broke = 模型伺服器在回答中途斷開。
model_server_broke_off = 模型伺服器因錯誤中斷：{ $a }
model_server_fails = 模型伺服器出錯，狀態碼 { $a }：{ $b }
model_server_does = 模型伺服器 { $a } 沒有回應：它在執行嗎，model.url 對嗎？
model_server_took = 模型伺服器 { $a } 收到請求後沒有回應。
model_server_cannot = 無法連線模型伺服器 { $a }（{ $b }）：請啟動它，或設定 model.url。
connection_model_server = 與模型伺服器 { $a } 的連線中斷（{ $b }）。
model_server_refuses = 模型伺服器拒絕了我們的金鑰：請設定 model.api_key。
model_server_refuses_request = 模型伺服器拒絕了請求，狀態碼 { $a }：{ $b }
prompt_too_long = 提示對模型來說太長：{ $a }

## 載入在等什麼

disk_full_make = 磁碟已滿：請在 { $a } 中騰出空間；在此之前找不到新內容
search_index_cannot = 搜尋索引無法寫入：{ $a }
search_index_being = 搜尋索引正在重新寫入：請稍後再試
database_does_take = 資料庫暫時無法寫入：{ $a }
chat_platform_does = 聊天平台暫時不提供 { $a }（狀態碼 { $b }）
chat_platform_does_give = 聊天平台暫時不提供 { $a }（{ $b }）
failed_unexpectedly_log = 意外失敗，詳情見記錄檔

## 文件為什麼沒有載入：檔案

could_embedded_try = 無法向量化，請稍後再試：{ $a }
embedder_does_answer = 向量模型沒有回應：{ $a }
passages_were_ready = 它有 { $a } 個段落，{ $b } 個在 { $c } 秒內完成：請拆成幾部分
cancelled_removed_while = 載入期間被取消或撤下
no_such_file = 沒有這個檔案或資料夾：{ $a }
no_files_folder = 這個資料夾裡沒有檔案
no_files_any = { $a } 裡已沒有檔案：磁碟沒有掛載嗎？已載入的內容會保留；`kb remove { $b }` 可撤下
any_more_disk = { $a } 已不存在：磁碟沒有掛載嗎？已載入的內容會保留；`kb remove { $b }` 可撤下
no_regular_file = 這不是普通檔案
file_empty = 檔案是空的
no_text_found = 裡面沒有文字
more_million_characters = 文字超過 { $a } 百萬個字元：請拆成幾部分
file_mb_more = 檔案有 { $a } MB，超過 { $b } MB：請拆成幾部分
nested_too_deeply = 巢狀太深，無法讀取
protected_password_save = 受密碼保護：請另存為沒有密碼的檔案
protected_password = 受密碼保護
reading_took_more = 讀取超過了 { $a } 秒
reading_takes_more = 讀取需要超過 { $a } 秒的計算
reading_needs_more = 讀取需要超過 { $a } MB 記憶體
reader_broke_down = 讀取程式當掉：檔案已損毀、含有惡意內容，或需要太多記憶體
damaged_reader_gave = 檔案已損毀：讀取結果沒有意義
no_text_but = 這不是文字，而是無法讀取的二進位資料
more_1_characters = 超過 1% 的字元無法以 { $a } 解碼：請把檔案另存為 UTF-8
whatever_called = 不管叫什麼名字，這是{ $a }：{ -readable }
called_but_something = 副檔名是 { $a }，但內容不是，或檔案已損毀
called_but_archive = 副檔名是 { $a }，但它是一個沒有文件的壓縮檔
called_eml_but = 副檔名是 .eml，但沒有電子郵件的標頭
office_document_kind = 無法讀取這種辦公文件：{ -readable }
opendocument_epub_cannot = 無法讀取 OpenDocument 和 EPUB：請另存為 .docx、.pptx、.xlsx 或 PDF
damaged_end_missing = 這個 { $a } 檔案已損毀：缺少結尾
file_without_ending = 無法讀取沒有副檔名的檔案：{ -readable }
cannot_read_markdown = 無法讀取 { $a }：{ -readable }
no_archive_damaged = 這不是壓縮檔，或已損毀：缺少開頭
archive_no_document = 壓縮檔不是文件：裡面的檔案會逐一載入
archive_more_files = 壓縮檔裡的檔案超過 { $a } 個：請拆成幾部分
archive_more_mb = 壓縮檔解壓縮後超過 { $a } MB：請拆成幾部分
archive_damaged = 壓縮檔已損毀：{ $a }
more_mb_attached = 附件超過 { $a } MB
more_mb_unpacked = 解壓縮後超過 { $a } MB
too_large_mb = 太大：解壓縮後有 { $a } MB
grows_more_times = 解壓縮後會增大到 { $a } 倍以上
grows_times_size = 解壓縮後會增大到 { $a } 倍：文件不會這樣
damaged_packed_way = 已損毀，或壓縮方式無法讀取：{ $a }
no_files_archive = 壓縮檔裡沒有檔案
no_files_archive_more = 壓縮檔裡沒有檔案
archive_any_more = 它已不在壓縮檔裡
word_document_damaged = Word 文件已損毀：{ $a }
powerpoint_file_damaged = PowerPoint 檔案已損毀：{ $a }
excel_file_damaged = Excel 檔案已損毀：{ $a }
xml_declares_entities = 其中的 XML 宣告了實體（DTD），辦公軟體不會這樣寫
nothing_visible_sheets = 可見的工作表裡沒有內容
more_cells_cut = 儲存格超過 { $a } 個：請拆成幾部分
table_more_cells = 表格的儲存格超過 { $a } 個：請拆成幾部分
table_cannot_read = 表格無法讀取：{ $a }
no_row_both = 沒有一行同時有問題和答案
no_row_both_question = 沒有一行同時有問題和答案（{ $a }）
email_more_parts = 電子郵件超過 { $a } 個部分
email_no_text = 電子郵件沒有內文（附件會單獨讀取）
email_cannot_parsed = 電子郵件無法解析：{ $a }
pdf_damaged = PDF 已損毀
pdf_damaged_none = PDF 已損毀：沒有一頁能讀取
pdf_more_pages = PDF 超過 { $a } 頁：請拆成幾部分
pdf_more_million = PDF 超過 { $a } 百萬個字元：請拆成幾部分
no_text_found_if = 裡面沒有文字：如果頁面是圖片（掃描檔），請先做文字辨識
fonts_do_say = 字型沒有說明顯示的是哪些字元：請重新匯出，並保留文字
html_cannot_parsed = HTML 無法解析：{ $a }
restructuredtext_cannot_parsed = reStructuredText 無法解析：{ $a }
no_valid_json = 這不是有效的 JSON：{ $a }
json_nested_too = JSON 巢狀太深，無法讀取
line_no_valid = 第 { $a } 行不是有效的 JSON：{ $b }
line_nested_too = 第 { $a } 行巢狀太深，無法讀取
file_more_values = 檔案中的值超過 { $a } 個：請拆成幾部分
entry_needs_question = 問答需要有問題和答案
question_characters_most = 問題最多 { $a } 個字元，答案最多 { $b } 個：更長的文字請作為文件載入
entry_variants_most = 一則問答最多有 { $a } 種問法，每種最多 { $b } 個字元

## 在聊天中傳送的檔案

files_were_attached = 隨訊息傳送的檔案只能由 `frontdesk run` 載入
channel_where_file = 傳送檔案的頻道 { $a } 已不在設定中
send_file_again = { $a }：請重新傳送檔案
mb_most_mb = { $a } 有 { $b } MB：聊天中最多讀取 { $c } MB
kept_chat_platform = { $a } 不在聊天平台上：請傳送檔案本身，而不是連結
bot_may_read = 機器人沒有權限讀取 { $a }（狀態碼 { $b }）
files_beside_question = 這裡不閱讀隨問題附上的檔案（attachments.tokens 為 0）
no_model_writes = 這裡沒有能閱讀它的模型
no_time_left = 沒有時間閱讀它了
files_message_read = 一條訊息中最多閱讀 { $a } 個檔案
no_answer_written = 沒有撰寫回答
picture_model_here = 這是圖片，而這裡的模型只能閱讀文字
model_could_look = 模型無法查看它：{ $a }
model_saw_nothing = 模型在其中什麼也沒有看到
pictures_kinds_png = 只查看 PNG、JPEG、GIF 和 WebP 圖片
picture_mb_most = 圖片有 { $a } MB：最多查看 { $b } MB 的圖片
picture_x_pixels = 圖片有 { $a } x { $b } 畫素：最多查看 { $c } 畫素的圖片
answered_from_what = 根據附件作答，而非根據文件
neither_documents_nor = 文件和附件都沒有回答這個問題
gone_from_chat = { $a } 已不在聊天平台上：請重新傳送
uploaded_upload_again = { $a } 是上傳的檔案：請重新上傳，無法在原處查看

## 網址

addresses_cannot_loaded = 無法載入 { $a }:// 網址，只能載入 http:// 和 https://
no_web_address = { $a } 不是網址：請給出網址，或附上檔案
no_source_workspace = 工作空間 { $b } 中沒有來源 { $a }
no_web_address_more = 這不是網址
address_longer_characters = 網址超過 { $a } 個字元
address_spaces_backslashes = 網址裡有空格、反斜槓或不可見字元：請從瀏覽器複製
address_control_characters = 網址裡有控制字元：請從瀏覽器複製
no_proper_web = 這不是正確的網址：請從瀏覽器複製
addresses_begin_with = 只能取得以 https:// 或 http:// 開頭的網址
address_name_password = 網址裡有使用者名稱或密碼：請去掉，Frontdesk 不登入任何地方
address_no_proper = 網址沒有正確的主機名稱：請寫成通常的樣子，https://host/page
port_one_web = 連接埠 { $a } 不是網頁常用的連接埠（80、443）：要從那裡載入，請在設定 [knowledge] 的 allow_hosts 中加入「{ $b }」
does_lead_public = { $a } 不是公開位址，而只取得公開位址：如果是你們自己的文件，請在設定 [knowledge] 的 allow_hosts 中加入「{ $b }」
no_host_look = 沒有主機 { $a }：請檢查網址是否寫錯
no_such_page = 沒有這個網頁（{ $a } 回應 { $b }）
lets_those_who = { $a } 需要登入或授權（{ $b }）：請把網頁存為檔案再載入
save_page_file = { $a }（{ $b }）：請把網頁存為檔案再載入
cannot_read = 無法讀取 { $a }：{ $b }
busy_asks_come = { $a } 太忙，請稍後再試（{ $b }）
answered_instead_page = { $a } 回應 { $b }，沒有給出網頁
took_longer_s = { $a } 超過 { $b } 秒沒有回應
cannot_read_no = 無法讀取 { $a }：連線不上
cannot_read_no_connection = 無法讀取 { $a }：沒能及時連線上
cannot_read_page = 無法讀取 { $a }：網頁在結束前中斷
cannot_read_did = 無法讀取 { $a }：回應不像網頁伺服器
sent_more_kb = { $a } 傳送了超過 { $b } kB 的標頭
page_more_mb = 網頁超過 { $a } MB
page_broke_off = 網頁在結束前中斷
page_cannot_decompressed = 網頁無法解壓縮
page_compressed_way = 網頁使用了未請求的壓縮方式（{ $a }）
page_packed_more = 網頁壓縮了 { $a } 倍以上：像是壓縮炸彈
page_redirects_circle = 網頁循環轉址
page_redirects_more = 網頁轉址超過 { $a } 次
page_redirects_nowhere = 網頁轉址時沒有給出網址
page_redirects_something = 網頁轉址到的不是網址
page_redirects_address = 網頁轉址到無法取得的網址：{ $a }
page_redirects_fetched = 網頁轉址到 { $a }，只有直接指定時才會取得它
page_redirects_from = 網頁從 https 轉址到 http，到 { $a }，那裡任何人都能竄改
film_image_no = 這是影片或圖片，不是文件
binary_data_no = 這是無法讀取的二進位資料
no_document = 這是{ $a }，不是文件
no_pages_were = 那裡沒有找到網頁；{ $a }
no_pages_were_found = 那裡沒有找到網頁
site_robots_txt = 網站的 robots.txt 要求不取得這個網頁
site_robots_txt_cannot = 無法查看網站的 robots.txt，請稍後再試：{ $a }
site_robots_txt_cannot_asked = 無法查看網站的 robots.txt：{ $a }
no_sitemap_give = 這不是網站地圖：請給出 sitemap.xml 的網址，或抓取整個網站
sitemap_doctype_sitemaps = 網站地圖裡有 DOCTYPE，這是不應有的
sitemap_proper_xml = 網站地圖不是正確的 XML（{ $a }，第 { $b } 行）
sitemap_nested_too = 網站地圖巢狀太深

## 多個網站之一的說明

of_a_site = { $site }：{ $reason }

## 未載入的內容

sitemap_lists_more = 網站地圖列出的網頁超過 { $a } 個，其餘未載入（設定 [knowledge] 的 sitemap_pages）
crawl_ended_after = 抓取了 { $a } 個網頁後結束（設定 [knowledge] 的 crawl_pages），至少還有 { $b } 個未查看
sitemap_could_read = 網站地圖 { $a } 無法讀取：{ $b }
listed_addresses_other = 列出的網址中有 { $a } 個屬於其他主機，未載入
listed_pages_were = 依 robots.txt 的要求，列出的網頁中有 { $a } 個未載入
linked_pages_were = 依 robots.txt 的要求，連結的網頁中有 { $a } 個未載入
site_sitemaps_were = 只讀取了網站的 { $a } 個網站地圖

## 原因中出現的各種東西

thing_picture = 圖片
thing_image = 圖片
thing_film = 影片
thing_sound = 聲音
thing_sound_more = 聲音
thing_program = 程式
thing_film_sound = 影片或聲音
thing_sound_film_picture = 聲音、影片或圖片
thing_image_sound_film = 圖片、聲音或影片
thing_sound_film = 聲音或影片
thing_database = 資料庫
thing_font = 字型
thing_archive_zip = 非 ZIP 壓縮檔
thing_gzip_archive_pack = gzip 壓縮檔（請改用 ZIP）
thing_a_7_zip = 7-Zip 壓縮檔（請改用 ZIP）
thing_rar_archive_pack = RAR 壓縮檔（請改用 ZIP）
thing_bzip2_archive_pack = bzip2 壓縮檔（請改用 ZIP）
thing_xz_archive_pack = xz 壓縮檔（請改用 ZIP）
thing_zstd_archive_pack = zstd 壓縮檔（請改用 ZIP）
thing_postscript_save_pdf = PostScript（請另存為 PDF）
thing_rtf_save_docx = RTF（請另存為 .docx）
thing_djvu_save_pdf = DjVu（請另存為 PDF）
