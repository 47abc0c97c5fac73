# ruff: noqa: E501 - a dictionary is read pair by pair, and Chinese counts twice
"""Reasons and notes of the engine, in Chinese: why a document was not loaded, what was special about an answer.

The engine gives them in English, as they stand in the log, the receipt and the JSON of the commands.  Here each has its
Chinese; ``{}`` stands for what differs from case to case (a number, a name, what a library said).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MORE: Final = "可以加载 Markdown、文本、reStructuredText、HTML、PDF、Word、PowerPoint、Excel、表格、JSON、电子邮件，以及包含这些的 ZIP"

_TOLD: Final = (
    # How an answer came about.
    ("nothing in the knowledge base answers this", "知识库中没有能回答这个问题的内容"),
    ("asked back", "需要先反问"),
    ("a greeting", "问候"),
    ("the passages come close, but the model found no answer in them", "段落内容相近，但模型没有在其中找到答案"),
    ("nothing that the model wrote stands in the documents", "模型所写的内容在文档中没有依据"),
    ("no plugin answered", "没有插件作答"),
    ("the message has no words", "消息中没有文字"),
    ("the question is too long", "问题太长"),
    ("its channel is not in the settings any more", "它的频道已不在设置中"),
    ("the channel {} is not in the settings any more", "频道 {} 已不在设置中"),
    ("answering failed {} times", "回答失败了 {} 次"),
    ("it could not be answered in time", "没能及时回答"),
    ("the asker wants a person", "提问者希望转人工"),
    ("somebody asked for a person", "有人要求转人工"),
    ("searched by words alone: the question could not be embedded", "仅按词语检索：问题无法向量化"),
    ("not reranked: {} did not answer", "未重新排序：{} 没有应答"),
    ("order by {}", "由 {} 排序"),
    ("the model did not answer: {}", "模型没有应答：{}"),
    ("the model had too much to do: {}", "模型太忙：{}"),
    ("an entry was given as it stands", "按原文给出了一条问答"),
    ("the best passage was quoted", "引用了最相符的段落"),
    ("the adapter {} is not loaded at the model server: {} wrote", "模型服务器没有加载适配器 {}：由 {} 撰写"),
    ("the local model has no adapters: it wrote without {}", "本地模型没有适配器：撰写时没有使用 {}"),
    ("The model has too much to do.", "模型太忙。"),
    ("The model server has too much to do.", "模型服务器太忙。"),
    ("The local model was busy for {} s.", "本地模型忙了 {} 秒。"),
    ("The model was not done after {} s (model.total_s).", "{} 秒后模型仍未写完（model.total_s）。"),
    ("The model fell silent in the middle of an answer for {} s (model.idle_s).", "模型写到一半停了 {} 秒（model.idle_s）。"),
    ("The model wrote nothing for {} s (model.first_token_s).", "模型在 {} 秒内什么也没有写（model.first_token_s）。"),
    ("The model wrote nothing: its answer was empty, or it was all reasoning.", "模型什么也没有写：回答为空，或全是思考过程。"),
    ("The model repeats itself without end.", "模型不停地重复自己。"),
    ("The model wrote more than {} characters: it does not stop.", "模型写了超过 {} 个字符，没有停下来。"),
    ("The model server failed {} times in a row; it is tried again in a moment.", "模型服务器连续失败了 {} 次，稍后再试。"),
    ("The model server broke off in the middle of an answer.", "模型服务器在回答中途断开。"),
    ("The model server broke off with an error: {}", "模型服务器因错误中断：{}"),
    ("The model server fails with status {}: {}", "模型服务器出错，状态码 {}：{}"),
    ("The model server at {} does not answer: is it running, is model.url right?", "模型服务器 {} 没有应答：它在运行吗，model.url 对吗？"),
    ("The model server at {} took the request and said nothing.", "模型服务器 {} 收到请求后没有应答。"),
    ("The model server at {} cannot be reached ({}): start it, or set model.url.", "无法连接模型服务器 {}（{}）：请启动它，或设置 model.url。"),
    ("The connection to the model server at {} broke ({}).", "与模型服务器 {} 的连接中断（{}）。"),
    ("The model server refuses our key: set model.api_key.", "模型服务器拒绝了我们的密钥：请设置 model.api_key。"),
    ("The model server refuses the request with status {}: {}", "模型服务器拒绝了请求，状态码 {}：{}"),
    ("The prompt is too long for the model: {}", "提示对模型来说太长：{}"),
    # What a load waits for.
    ("the disk is full: make room in {}; until then nothing new is found", "磁盘已满：请在 {} 中腾出空间；在此之前找不到新内容"),
    ("the search index cannot be written: {}", "检索索引无法写入：{}"),
    ("the search index is being written anew: try again in a moment", "检索索引正在重写：请稍后再试"),
    ("the database does not take this now: {}", "数据库暂时无法写入：{}"),
    ("the chat platform does not give {} now (status {})", "聊天平台暂时不提供 {}（状态码 {}）"),
    ("the chat platform does not give {} now ({})", "聊天平台暂时不提供 {}（{}）"),
    ("it failed unexpectedly; the log says more", "意外失败，详情见日志"),
    # Why a document was not loaded: files.
    ("it could not be embedded, try again later: {}", "无法向量化，请稍后再试：{}"),
    ("the embedder does not answer: {}", "向量模型没有应答：{}"),
    ("it has {} passages, and only {} of them were ready in {} s: cut it into parts", "它有 {} 个段落，{} 个在 {} 秒内完成：请拆成几部分"),
    ("it was cancelled or removed while it was being loaded", "加载期间被取消或撤下"),
    ("there is no such file or folder: {}", "没有这个文件或文件夹：{}"),
    ("there are no files in this folder", "这个文件夹里没有文件"),
    ("there are no files in {} any more: is its disk not there? What was loaded from it stays; `kb remove {}` takes it out",
     "{} 里已没有文件：磁盘没有挂载吗？已加载的内容会保留；`kb remove {}` 可撤下"),
    ("{} is not there any more: is its disk not there? What was loaded from it stays; `kb remove {}` takes it out",
     "{} 已不存在：磁盘没有挂载吗？已加载的内容会保留；`kb remove {}` 可撤下"),
    ("this is no regular file", "这不是普通文件"),
    ("the file is empty", "文件是空的"),
    ("no text was found in it", "里面没有文字"),
    ("it has more than {} million characters of text: cut it into parts", "文字超过 {} 百万个字符：请拆成几部分"),
    ("the file has {} MB, more than {}: cut it into parts", "文件有 {} MB，超过 {} MB：请拆成几部分"),
    ("it is nested too deeply to be read", "嵌套太深，无法读取"),
    ("it is protected by a password: save it without one", "受密码保护：请另存为不带密码的文件"),
    ("it is protected by a password", "受密码保护"),
    ("reading it took more than {} s", "读取超过了 {} 秒"),
    ("reading it takes more than {} s of computing", "读取需要超过 {} 秒的计算"),
    ("reading it needs more than {} MB of memory", "读取需要超过 {} MB 内存"),
    ("its reader broke down: the file is damaged, made to do harm, or needs too much memory", "读取程序崩溃：文件已损坏、含有恶意内容，或需要太多内存"),
    ("it is damaged: its reader gave no answer that makes sense", "文件已损坏：读取结果没有意义"),
    ("this is no text but binary data, of a kind that cannot be read", "这不是文本，而是无法读取的二进制数据"),
    ("more than 1 % of the characters cannot be decoded as {}: save the file as UTF-8", "超过 1% 的字符无法按 {} 解码：请把文件另存为 UTF-8"),
    ("this is {}, whatever it is called: {}", "不管叫什么名字，这是{}：" + _MORE),
    ("it is called {}, but there is something else in it, or it is damaged", "扩展名是 {}，但内容不是，或文件已损坏"),
    ("it is called {}, but it is an archive without a document in it", "扩展名是 {}，但它是一个没有文档的压缩包"),
    ("it is called .eml, but it has none of an e-mail's headers", "扩展名是 .eml，但没有电子邮件的信头"),
    ("this is an office document of a kind that cannot be read: {}", "无法读取这种办公文档：" + _MORE),
    ("OpenDocument and EPUB cannot be read: save it as .docx, .pptx, .xlsx or PDF", "无法读取 OpenDocument 和 EPUB：请另存为 .docx、.pptx、.xlsx 或 PDF"),
    ("this {} is damaged: its end is missing", "这个 {} 文件已损坏：缺少结尾"),
    ("a file without an ending cannot be read: {}", "无法读取没有扩展名的文件：" + _MORE),
    ("{} cannot be read: Markdown, {}", "无法读取 {}：" + _MORE),
    ("this is no archive, or it is damaged: its beginning is missing", "这不是压缩包，或已损坏：缺少开头"),
    ("an archive is no document: its files are loaded one by one", "压缩包不是文档：里面的文件会逐个加载"),
    ("the archive has more than {} files: cut it into parts", "压缩包里的文件超过 {} 个：请拆成几部分"),
    ("the archive has more than {} MB unpacked: cut it into parts", "压缩包解压后超过 {} MB：请拆成几部分"),
    ("the archive is damaged: {}", "压缩包已损坏：{}"),
    ("there is more than {} MB attached", "附件超过 {} MB"),
    ("it has more than {} MB unpacked", "解压后超过 {} MB"),
    ("it is too large: {} MB when it is unpacked", "太大：解压后有 {} MB"),
    ("it grows to more than {} times its size when it is unpacked", "解压后会增大到 {} 倍以上"),
    ("it grows to {} times its size when it is unpacked: no document does", "解压后会增大到 {} 倍：文档不会这样"),
    ("it is damaged or packed in a way that cannot be read: {}", "已损坏，或压缩方式无法读取：{}"),
    ("there are no files in the archive", "压缩包里没有文件"),
    ("there are no files in this archive", "压缩包里没有文件"),
    ("it is not in the archive any more", "它已不在压缩包里"),
    ("the Word document is damaged: {}", "Word 文档已损坏：{}"),
    ("the PowerPoint file is damaged: {}", "PowerPoint 文件已损坏：{}"),
    ("the Excel file is damaged: {}", "Excel 文件已损坏：{}"),
    ("its XML declares entities (a DTD), which no office program writes", "其中的 XML 声明了实体（DTD），办公软件不会这样写"),
    ("there is nothing in its visible sheets", "可见的工作表里没有内容"),
    ("it has more than {} cells: cut it into parts", "单元格超过 {} 个：请拆成几部分"),
    ("the table has more than {} cells: cut it into parts", "表格的单元格超过 {} 个：请拆成几部分"),
    ("the table cannot be read: {}", "表格无法读取：{}"),
    ("no row has both a question and an answer", "没有一行同时有问题和答案"),
    ("no row{} has both a question and an answer", "没有一行同时有问题和答案（{}）"),
    ("the e-mail has more than {} parts", "电子邮件超过 {} 个部分"),
    ("the e-mail has no text (attachments are read on their own)", "电子邮件没有正文（附件会单独读取）"),
    ("the e-mail cannot be parsed: {}", "电子邮件无法解析：{}"),
    ("the PDF is damaged", "PDF 已损坏"),
    ("the PDF is damaged: none of its pages can be read", "PDF 已损坏：没有一页能读取"),
    ("the PDF has more than {} pages: cut it into parts", "PDF 超过 {} 页：请拆成几部分"),
    ("the PDF has more than {} million characters: cut it into parts", "PDF 超过 {} 百万个字符：请拆成几部分"),
    ("no text was found in it: if its pages are pictures (a scan), run text recognition over it first", "里面没有文字：如果页面是图片（扫描件），请先做文字识别"),
    ("its fonts do not say which characters they show: export it again, with its text", "字体没有说明显示的是哪些字符：请重新导出，并保留文字"),
    ("the HTML cannot be parsed: {}", "HTML 无法解析：{}"),
    ("the reStructuredText cannot be parsed: {}", "reStructuredText 无法解析：{}"),
    ("this is no valid JSON: {}", "这不是有效的 JSON：{}"),
    ("the JSON is nested too deeply to be read", "JSON 嵌套太深，无法读取"),
    ("line {} is no valid JSON: {}", "第 {} 行不是有效的 JSON：{}"),
    ("line {} is nested too deeply to be read", "第 {} 行嵌套太深，无法读取"),
    ("the file has more than {} values: cut it into parts", "文件中的值超过 {} 个：请拆成几部分"),
    ("an entry needs a question and an answer", "问答需要有问题和答案"),
    ("a question has {} characters at most, an answer {}: load longer texts as a document", "问题最多 {} 个字符，答案最多 {} 个：更长的文字请作为文档加载"),
    ("an entry has {} variants at most, of {} characters each", "一条问答最多有 {} 种问法，每种最多 {} 个字符"),
    # Files that were sent in chat.
    ("files that were attached to messages are loaded only by `frontdesk run`", "随消息发送的文件只能由 `frontdesk run` 加载"),
    ("the channel {}, where the file was sent, is not in the settings any more", "发送文件的频道 {} 已不在设置中"),
    ("{}: send the file again", "{}：请重新发送文件"),
    ("{} has {} MB: at most {} MB are read from chat", "{} 有 {} MB：聊天中最多读取 {} MB"),
    ("{} is not kept by the chat platform itself: send the file, not a link to it", "{} 不在聊天平台上：请发送文件本身，而不是链接"),
    ("the bot may not read {} (status {})", "机器人无权读取 {}（状态码 {}）"),
    ("{} is gone from the chat platform: send it again", "{} 已不在聊天平台上：请重新发送"),
    ("{} was uploaded: upload it again, it cannot be looked at where it came from", "{} 是上传的文件：请重新上传，无法在原处查看"),
    # Web addresses.
    ("{}:// addresses cannot be loaded, only http:// and https://", "无法加载 {}:// 地址，只能加载 http:// 和 https://"),
    ("{} is no web address: give one, or attach the file", "{} 不是网址：请给出网址，或附上文件"),
    ("there is no source {} in workspace {}: kb list --sources shows them", "工作区 {1} 中没有来源 {0}"),
    ("this is no web address", "这不是网址"),
    ("the address is longer than {} characters", "网址超过 {} 个字符"),
    ("the address has spaces, backslashes or invisible characters in it: copy it from the browser", "网址里有空格、反斜杠或不可见字符：请从浏览器复制"),
    ("the address has control characters in it: copy it from the browser", "网址里有控制字符：请从浏览器复制"),
    ("this is no proper web address: copy it from the browser", "这不是正确的网址：请从浏览器复制"),
    ("only addresses that begin with https:// or http:// can be fetched", "只能获取以 https:// 或 http:// 开头的网址"),
    ("the address has a name or password in it: take that out, Frontdesk logs in nowhere", "网址里有用户名或密码：请去掉，Frontdesk 不登录任何地方"),
    ("the address has no proper host name: write it as people read it, https://host/page", "网址没有正确的主机名：请写成通常的样子，https://host/page"),
    ("port {} is not one of the web's own (80, 443): to load from there, add \"{}\" to allow_hosts under [knowledge] in the settings",
     "端口 {} 不是网页常用端口（80、443）：要从那里加载，请在设置 [knowledge] 的 allow_hosts 中加入“{}”"),
    ('{} does not lead to a public address, and only public ones are fetched: if it is your own documentation, add "{}" to allow_hosts under [knowledge] in the settings',
     "{} 不是公网地址，而只获取公网地址：如果是你们自己的文档，请在设置 [knowledge] 的 allow_hosts 中加入“{}”"),
    ("there is no host {}: look for a typing error in the address", "没有主机 {}：请检查网址是否写错"),
    ("there is no such page ({} answered {})", "没有这个网页（{} 应答 {}）"),
    ("{} lets only those in who log in or whom it knows ({}): save the page as a file and load that", "{} 需要登录或授权（{}）：请把网页存为文件再加载"),
    ("{} ({}): save the page as a file and load that", "{}（{}）：请把网页存为文件再加载"),
    ("{} cannot be read: {}", "无法读取 {}：{}"),
    ("{} is busy and asks to come back later ({})", "{} 太忙，请稍后再试（{}）"),
    ("{} answered {} instead of the page", "{} 应答 {}，没有给出网页"),
    ("{} took longer than {} s to answer", "{} 超过 {} 秒没有应答"),
    ("{} cannot be read: no connection could be made", "无法读取 {}：连接不上"),
    ("{} cannot be read: no connection could be made in time", "无法读取 {}：没能及时连接上"),
    ("{} cannot be read: the page broke off before its end", "无法读取 {}：网页在结束前中断"),
    ("{} cannot be read: it did not answer as a web server should", "无法读取 {}：应答不像网页服务器"),
    ("{} sent more than {} kB of headers", "{} 发送了超过 {} kB 的头部"),
    ("the page has more than {} MB", "网页超过 {} MB"),
    ("the page broke off before its end", "网页在结束前中断"),
    ("the page cannot be decompressed", "网页无法解压"),
    ("the page is compressed in a way that was not asked for ({})", "网页使用了未请求的压缩方式（{}）"),
    ("the page is packed more than {} times smaller than it is: it looks like a bomb", "网页压缩了 {} 倍以上：像是压缩炸弹"),
    ("the page redirects in a circle", "网页循环跳转"),
    ("the page redirects more than {} times", "网页跳转超过 {} 次"),
    ("the page redirects to nowhere", "网页跳转时没有给出地址"),
    ("the page redirects to something that is no web address", "网页跳转到的不是网址"),
    ("the page redirects to an address that cannot be fetched: {}", "网页跳转到无法获取的地址：{}"),
    ("the page redirects to {}, which is fetched only when it is asked for itself", "网页跳转到 {}，只有直接指定时才会获取它"),
    ("the page redirects from https to http, to {}, where anybody could change it", "网页从 https 跳转到 http，到 {}，那里任何人都能篡改"),
    ("this is a film or an image, no document", "这是视频或图片，不是文档"),
    ("this is binary data of no kind that can be read", "这是无法读取的二进制数据"),
    ("this is {}, no document", "这是{}，不是文档"),
    ("no pages were found there; {}", "那里没有找到网页；{}"),
    ("no pages were found there", "那里没有找到网页"),
    ("the site's robots.txt asks not to fetch this page", "网站的 robots.txt 要求不获取这个网页"),
    ("the site's robots.txt cannot be asked for permission, try again later: {}", "无法查看网站的 robots.txt，请稍后再试：{}"),
    ("the site's robots.txt cannot be asked for permission: {}", "无法查看网站的 robots.txt：{}"),
    ("this is no sitemap: give the address of a sitemap.xml, or crawl the site", "这不是站点地图：请给出 sitemap.xml 的地址，或抓取整个网站"),
    ("the sitemap has a DOCTYPE, which sitemaps have not", "站点地图里有 DOCTYPE，这是不应有的"),
    ("the sitemap is not proper XML ({}, line {})", "站点地图不是正确的 XML（{}，第 {} 行）"),
    ("the sitemap is nested too deeply", "站点地图嵌套太深"),
    # What was left out.
    ("the sitemap lists more than {} pages, the rest was left out (sitemap_pages under [knowledge] in the settings)",
     "站点地图列出的网页超过 {} 个，其余未加载（设置 [knowledge] 的 sitemap_pages）"),
    ("the crawl ended after {} pages (crawl_pages under [knowledge] in the settings), with at least {} more to look at",
     "抓取了 {} 个网页后结束（设置 [knowledge] 的 crawl_pages），至少还有 {} 个未查看"),
    ("the sitemap {} could not be read: {}", "站点地图 {} 无法读取：{}"),
    ("{} listed addresses are of other hosts and were left out", "列出的地址中有 {} 个属于其他主机，未加载"),
    ("{} listed pages were left out as robots.txt asks", "按 robots.txt 的要求，列出的网页中有 {} 个未加载"),
    ("{} linked pages were left out as robots.txt asks", "按 robots.txt 的要求，链接的网页中有 {} 个未加载"),
    ("only {} of the site's sitemaps were read", "只读取了网站的 {} 个站点地图"),
)  # fmt: skip
#: Kinds of things, where they stand in a reason.
_THINGS: Final = {
    "a picture": "图片", "an image": "图片", "a film": "视频", "a sound": "声音", "sound": "声音", "a program": "程序",
    "a film or a sound": "视频或声音", "a sound, a film or a picture": "声音、视频或图片", "an image, sound or film": "图片、声音或视频",
    "sound or film": "声音或视频", "a database": "数据库", "a font": "字体", "an archive that is not ZIP": "非 ZIP 压缩包",
    "a gzip archive (pack it as ZIP)": "gzip 压缩包（请改用 ZIP）", "a 7-Zip archive (pack it as ZIP)": "7-Zip 压缩包（请改用 ZIP）",
    "a RAR archive (pack it as ZIP)": "RAR 压缩包（请改用 ZIP）", "a bzip2 archive (pack it as ZIP)": "bzip2 压缩包（请改用 ZIP）",
    "an xz archive (pack it as ZIP)": "xz 压缩包（请改用 ZIP）", "a zstd archive (pack it as ZIP)": "zstd 压缩包（请改用 ZIP）",
    "PostScript (save it as PDF)": "PostScript（请另存为 PDF）", "RTF (save it as .docx)": "RTF（请另存为 .docx）",
    "DjVu (save it as PDF)": "DjVu（请另存为 PDF）",
}  # fmt: skip
#: Notes of a site name it first, where there were several.
_OF_A_SITE: Final = re.compile(r"(https?://\S+): (.+)", re.DOTALL)
_DEEP: Final = 3


def in_chinese(reason: str) -> str:
    """The reason in Chinese; as it is where we do not know it."""
    return _translated(reason, _DEEP)


def _translated(reason: str, deep: int) -> str:
    if whole := _THINGS.get(reason) or _whole().get(reason):
        return whole
    if not deep:
        return reason
    if site := _OF_A_SITE.fullmatch(reason):
        return f"{site[1]}：{_translated(site[2], deep - 1)}"
    for pattern, chinese in _patterns():
        if found := pattern.fullmatch(reason):
            return chinese.format(*(_translated(part, deep - 1) for part in found.groups()))
    return reason


@lru_cache(maxsize=1)
def _whole() -> dict[str, str]:
    return {english: chinese for english, chinese in _TOLD if "{}" not in english}


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those with gaps, the ones that say most themselves first."""
    gaps = sorted((e for e in _TOLD if "{}" in e[0]), key=lambda e: -len(e[0]))
    return [(re.compile(re.escape(english).replace(r"\{\}", "(.+?)"), re.DOTALL), chinese) for english, chinese in gaps]
