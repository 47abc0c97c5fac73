### 引擎给出的原因和说明。

-readable = 可以加载 Markdown、文本、reStructuredText、HTML、PDF、Word、PowerPoint、Excel、表格、JSON、电子邮件，以及包含这些的 ZIP

## 回答是怎么得出的

nothing_knowledge_base = 知识库中没有能回答这个问题的内容
asked_back = 需要先反问
greeting = 问候
shared_whoever_asked = 由提问者分享
passages_come_close = 段落内容相近，但模型没有在其中找到答案
nothing_model_wrote = 模型所写的内容在文档中没有依据
no_plugin_answered = 没有插件作答
message_no_words = 消息中没有文字
question_too_long = 问题太长
channel_settings_any = 它的频道已不在设置中
channel_settings_any_more = 频道 { $a } 已不在设置中
answering_failed_times = 回答失败了 { $a } 次
could_answered_time = 没能及时回答
asker_wants_person = 提问者希望转人工
somebody_asked_person = 有人要求转人工
searched_words_alone = 仅按词语检索：问题无法向量化
reranked_did_answer = 未重新排序：{ $a } 没有应答
order = 由 { $a } 排序
model_did_answer = 模型没有应答：{ $a }
model_had_too = 模型太忙：{ $a }
entry_given_stands = 按原文给出了一条问答
best_passage_quoted = 引用了最相符的段落
adapter_loaded_model = 模型服务器没有加载适配器 { $a }：由 { $b } 撰写
local_model_no = 本地模型没有适配器：撰写时没有使用 { $a }
model_too_much = 模型太忙。
model_server_too = 模型服务器太忙。
local_model_busy = 本地模型忙了 { $a } 秒。
model_done_after = { $a } 秒后模型仍未写完（model.total_s）。
model_fell_silent = 模型写到一半停了 { $a } 秒（model.idle_s）。
model_wrote_nothing = 模型在 { $a } 秒内什么也没有写（model.first_token_s）。
model_wrote_nothing_answer = 模型什么也没有写：回答为空，或全是思考过程。
model_repeats_itself = 模型不停地重复自己。
model_wrote_more = 模型写了超过 { $a } 个字符，没有停下来。
model_server_failed = 模型服务器连续失败了 { $a } 次，稍后再试。
model_server_broke = 模型服务器在回答中途断开。
model_server_broke_off = 模型服务器因错误中断：{ $a }
model_server_fails = 模型服务器出错，状态码 { $a }：{ $b }
model_server_does = 模型服务器 { $a } 没有应答：它在运行吗，model.url 对吗？
model_server_took = 模型服务器 { $a } 收到请求后没有应答。
model_server_cannot = 无法连接模型服务器 { $a }（{ $b }）：请启动它，或设置 model.url。
connection_model_server = 与模型服务器 { $a } 的连接中断（{ $b }）。
model_server_refuses = 模型服务器拒绝了我们的密钥：请设置 model.api_key。
model_server_refuses_request = 模型服务器拒绝了请求，状态码 { $a }：{ $b }
prompt_too_long = 提示对模型来说太长：{ $a }

## 加载在等什么

disk_full_make = 磁盘已满：请在 { $a } 中腾出空间；在此之前找不到新内容
search_index_cannot = 检索索引无法写入：{ $a }
search_index_being = 检索索引正在重写：请稍后再试
database_does_take = 数据库暂时无法写入：{ $a }
chat_platform_does = 聊天平台暂时不提供 { $a }（状态码 { $b }）
chat_platform_does_give = 聊天平台暂时不提供 { $a }（{ $b }）
failed_unexpectedly_log = 意外失败，详情见日志

## 文档为什么没有加载：文件

could_embedded_try = 无法向量化，请稍后再试：{ $a }
embedder_does_answer = 向量模型没有应答：{ $a }
passages_were_ready = 它有 { $a } 个段落，{ $b } 个在 { $c } 秒内完成：请拆成几部分
cancelled_removed_while = 加载期间被取消或撤下
no_such_file = 没有这个文件或文件夹：{ $a }
no_files_folder = 这个文件夹里没有文件
no_files_any = { $a } 里已没有文件：磁盘没有挂载吗？已加载的内容会保留；`kb remove { $b }` 可撤下
any_more_disk = { $a } 已不存在：磁盘没有挂载吗？已加载的内容会保留；`kb remove { $b }` 可撤下
no_regular_file = 这不是普通文件
file_empty = 文件是空的
no_text_found = 里面没有文字
more_million_characters = 文字超过 { $a } 百万个字符：请拆成几部分
file_mb_more = 文件有 { $a } MB，超过 { $b } MB：请拆成几部分
nested_too_deeply = 嵌套太深，无法读取
protected_password_save = 受密码保护：请另存为不带密码的文件
protected_password = 受密码保护
reading_took_more = 读取超过了 { $a } 秒
reading_takes_more = 读取需要超过 { $a } 秒的计算
reading_needs_more = 读取需要超过 { $a } MB 内存
reader_broke_down = 读取程序崩溃：文件已损坏、含有恶意内容，或需要太多内存
damaged_reader_gave = 文件已损坏：读取结果没有意义
no_text_but = 这不是文本，而是无法读取的二进制数据
more_1_characters = 超过 1% 的字符无法按 { $a } 解码：请把文件另存为 UTF-8
whatever_called = 不管叫什么名字，这是{ $a }：{ -readable }
called_but_something = 扩展名是 { $a }，但内容不是，或文件已损坏
called_but_archive = 扩展名是 { $a }，但它是一个没有文档的压缩包
called_eml_but = 扩展名是 .eml，但没有电子邮件的信头
office_document_kind = 无法读取这种办公文档：{ -readable }
opendocument_epub_cannot = 无法读取 OpenDocument 和 EPUB：请另存为 .docx、.pptx、.xlsx 或 PDF
damaged_end_missing = 这个 { $a } 文件已损坏：缺少结尾
file_without_ending = 无法读取没有扩展名的文件：{ -readable }
cannot_read_markdown = 无法读取 { $a }：{ -readable }
no_archive_damaged = 这不是压缩包，或已损坏：缺少开头
archive_no_document = 压缩包不是文档：里面的文件会逐个加载
archive_more_files = 压缩包里的文件超过 { $a } 个：请拆成几部分
archive_more_mb = 压缩包解压后超过 { $a } MB：请拆成几部分
archive_damaged = 压缩包已损坏：{ $a }
more_mb_attached = 附件超过 { $a } MB
more_mb_unpacked = 解压后超过 { $a } MB
too_large_mb = 太大：解压后有 { $a } MB
grows_more_times = 解压后会增大到 { $a } 倍以上
grows_times_size = 解压后会增大到 { $a } 倍：文档不会这样
damaged_packed_way = 已损坏，或压缩方式无法读取：{ $a }
no_files_archive = 压缩包里没有文件
no_files_archive_more = 压缩包里没有文件
archive_any_more = 它已不在压缩包里
word_document_damaged = Word 文档已损坏：{ $a }
powerpoint_file_damaged = PowerPoint 文件已损坏：{ $a }
excel_file_damaged = Excel 文件已损坏：{ $a }
xml_declares_entities = 其中的 XML 声明了实体（DTD），办公软件不会这样写
nothing_visible_sheets = 可见的工作表里没有内容
more_cells_cut = 单元格超过 { $a } 个：请拆成几部分
table_more_cells = 表格的单元格超过 { $a } 个：请拆成几部分
table_cannot_read = 表格无法读取：{ $a }
no_row_both = 没有一行同时有问题和答案
no_row_both_question = 没有一行同时有问题和答案（{ $a }）
email_more_parts = 电子邮件超过 { $a } 个部分
email_no_text = 电子邮件没有正文（附件会单独读取）
email_cannot_parsed = 电子邮件无法解析：{ $a }
pdf_damaged = PDF 已损坏
pdf_damaged_none = PDF 已损坏：没有一页能读取
pdf_more_pages = PDF 超过 { $a } 页：请拆成几部分
pdf_more_million = PDF 超过 { $a } 百万个字符：请拆成几部分
no_text_found_if = 里面没有文字：如果页面是图片（扫描件），请先做文字识别
fonts_do_say = 字体没有说明显示的是哪些字符：请重新导出，并保留文字
html_cannot_parsed = HTML 无法解析：{ $a }
restructuredtext_cannot_parsed = reStructuredText 无法解析：{ $a }
no_valid_json = 这不是有效的 JSON：{ $a }
json_nested_too = JSON 嵌套太深，无法读取
line_no_valid = 第 { $a } 行不是有效的 JSON：{ $b }
line_nested_too = 第 { $a } 行嵌套太深，无法读取
file_more_values = 文件中的值超过 { $a } 个：请拆成几部分
entry_needs_question = 问答需要有问题和答案
question_characters_most = 问题最多 { $a } 个字符，答案最多 { $b } 个：更长的文字请作为文档加载
entry_variants_most = 一条问答最多有 { $a } 种问法，每种最多 { $b } 个字符

## 在聊天中发送的文件

files_were_attached = 随消息发送的文件只能由 `frontdesk run` 加载
channel_where_file = 发送文件的频道 { $a } 已不在设置中
send_file_again = { $a }：请重新发送文件
mb_most_mb = { $a } 有 { $b } MB：聊天中最多读取 { $c } MB
kept_chat_platform = { $a } 不在聊天平台上：请发送文件本身，而不是链接
bot_may_read = 机器人无权读取 { $a }（状态码 { $b }）
files_beside_question = 这里不阅读随问题附上的文件（attachments.tokens 为 0）
no_model_writes = 这里没有能阅读它的模型
no_time_left = 没有时间阅读它了
files_message_read = 一条消息中最多阅读 { $a } 个文件
no_answer_written = 没有撰写回答
picture_model_here = 这是图片，而这里的模型只能阅读文字
model_could_look = 模型无法查看它：{ $a }
model_saw_nothing = 模型在其中什么也没有看到
pictures_kinds_png = 只查看 PNG、JPEG、GIF 和 WebP 图片
picture_mb_most = 图片有 { $a } MB：最多查看 { $b } MB 的图片
picture_x_pixels = 图片有 { $a } x { $b } 像素：最多查看 { $c } 像素的图片
answered_from_what = 根据附件作答，而非根据文档
neither_documents_nor = 文档和附件都没有回答这个问题
gone_from_chat = { $a } 已不在聊天平台上：请重新发送
uploaded_upload_again = { $a } 是上传的文件：请重新上传，无法在原处查看

## 网址

addresses_cannot_loaded = 无法加载 { $a }:// 地址，只能加载 http:// 和 https://
no_web_address = { $a } 不是网址：请给出网址，或附上文件
no_source_workspace = 工作区 { $b } 中没有来源 { $a }
no_web_address_more = 这不是网址
address_longer_characters = 网址超过 { $a } 个字符
address_spaces_backslashes = 网址里有空格、反斜杠或不可见字符：请从浏览器复制
address_control_characters = 网址里有控制字符：请从浏览器复制
no_proper_web = 这不是正确的网址：请从浏览器复制
addresses_begin_with = 只能获取以 https:// 或 http:// 开头的网址
address_name_password = 网址里有用户名或密码：请去掉，Frontdesk 不登录任何地方
address_no_proper = 网址没有正确的主机名：请写成通常的样子，https://host/page
port_one_web = 端口 { $a } 不是网页常用端口（80、443）：要从那里加载，请在设置 [knowledge] 的 allow_hosts 中加入“{ $b }”
does_lead_public = { $a } 不是公网地址，而只获取公网地址：如果是你们自己的文档，请在设置 [knowledge] 的 allow_hosts 中加入“{ $b }”
no_host_look = 没有主机 { $a }：请检查网址是否写错
no_such_page = 没有这个网页（{ $a } 应答 { $b }）
lets_those_who = { $a } 需要登录或授权（{ $b }）：请把网页存为文件再加载
save_page_file = { $a }（{ $b }）：请把网页存为文件再加载
cannot_read = 无法读取 { $a }：{ $b }
busy_asks_come = { $a } 太忙，请稍后再试（{ $b }）
answered_instead_page = { $a } 应答 { $b }，没有给出网页
took_longer_s = { $a } 超过 { $b } 秒没有应答
cannot_read_no = 无法读取 { $a }：连接不上
cannot_read_no_connection = 无法读取 { $a }：没能及时连接上
cannot_read_page = 无法读取 { $a }：网页在结束前中断
cannot_read_did = 无法读取 { $a }：应答不像网页服务器
sent_more_kb = { $a } 发送了超过 { $b } kB 的头部
page_more_mb = 网页超过 { $a } MB
page_broke_off = 网页在结束前中断
page_cannot_decompressed = 网页无法解压
page_compressed_way = 网页使用了未请求的压缩方式（{ $a }）
page_packed_more = 网页压缩了 { $a } 倍以上：像是压缩炸弹
page_redirects_circle = 网页循环跳转
page_redirects_more = 网页跳转超过 { $a } 次
page_redirects_nowhere = 网页跳转时没有给出地址
page_redirects_something = 网页跳转到的不是网址
page_redirects_address = 网页跳转到无法获取的地址：{ $a }
page_redirects_fetched = 网页跳转到 { $a }，只有直接指定时才会获取它
page_redirects_from = 网页从 https 跳转到 http，到 { $a }，那里任何人都能篡改
film_image_no = 这是视频或图片，不是文档
binary_data_no = 这是无法读取的二进制数据
no_document = 这是{ $a }，不是文档
no_pages_were = 那里没有找到网页；{ $a }
no_pages_were_found = 那里没有找到网页
site_robots_txt = 网站的 robots.txt 要求不获取这个网页
site_robots_txt_cannot = 无法查看网站的 robots.txt，请稍后再试：{ $a }
site_robots_txt_cannot_asked = 无法查看网站的 robots.txt：{ $a }
no_sitemap_give = 这不是站点地图：请给出 sitemap.xml 的地址，或抓取整个网站
sitemap_doctype_sitemaps = 站点地图里有 DOCTYPE，这是不应有的
sitemap_proper_xml = 站点地图不是正确的 XML（{ $a }，第 { $b } 行）
sitemap_nested_too = 站点地图嵌套太深

## 多个网站之一的说明

of_a_site = { $site }：{ $reason }

## 未加载的内容

sitemap_lists_more = 站点地图列出的网页超过 { $a } 个，其余未加载（设置 [knowledge] 的 sitemap_pages）
crawl_ended_after = 抓取了 { $a } 个网页后结束（设置 [knowledge] 的 crawl_pages），至少还有 { $b } 个未查看
sitemap_could_read = 站点地图 { $a } 无法读取：{ $b }
listed_addresses_other = 列出的地址中有 { $a } 个属于其他主机，未加载
listed_pages_were = 按 robots.txt 的要求，列出的网页中有 { $a } 个未加载
linked_pages_were = 按 robots.txt 的要求，链接的网页中有 { $a } 个未加载
site_sitemaps_were = 只读取了网站的 { $a } 个站点地图

## 原因中出现的各种东西

thing_picture = 图片
thing_image = 图片
thing_film = 视频
thing_sound = 声音
thing_sound_more = 声音
thing_program = 程序
thing_film_sound = 视频或声音
thing_sound_film_picture = 声音、视频或图片
thing_image_sound_film = 图片、声音或视频
thing_sound_film = 声音或视频
thing_database = 数据库
thing_font = 字体
thing_archive_zip = 非 ZIP 压缩包
thing_gzip_archive_pack = gzip 压缩包（请改用 ZIP）
thing_a_7_zip = 7-Zip 压缩包（请改用 ZIP）
thing_rar_archive_pack = RAR 压缩包（请改用 ZIP）
thing_bzip2_archive_pack = bzip2 压缩包（请改用 ZIP）
thing_xz_archive_pack = xz 压缩包（请改用 ZIP）
thing_zstd_archive_pack = zstd 压缩包（请改用 ZIP）
thing_postscript_save_pdf = PostScript（请另存为 PDF）
thing_rtf_save_docx = RTF（请另存为 .docx）
thing_djvu_save_pdf = DjVu（请另存为 PDF）
