### Discord 中指令的說明。每則最多 100 個字元。台灣用語。

## 指令的作用

ask = 提出問題；這裡的所有人都能看到回答
why = 這裡的上一個回答是如何得出的
help = 機器人能做什麼
forget_me = 刪除機器人記住的關於您的內容
feedback = 沒有幫助的回答及其原因
topics = 未解答的問題，按主題
kb = 回答所依據的文件
kb_add = 載入檔案、網頁或整個網站
kb_list = 列出文件
kb_show = 一份文件：來自哪裡、給誰看、有多舊
kb_remove = 讓所有回答都不再使用某些文件
kb_sync = 重新載入有變動的內容
kb_search = 一個問題能找到的段落
kb_entry = 把一個問題及其答案寫入文件
kb_entries = 已寫入的問答，可在此修改
kb_cancel = 停止您正在載入的內容

## 可以填寫的內容

ask_question = 您想知道什麼；不填則開啟視窗
ask_file = 隨問題一起閱讀的檔案
ask_private = 只在私訊裡回答我
plugin_request = 您想要什麼
plugin_file = 要一併閱讀的檔案
kb_add_file = 一份文件，或文件的 ZIP 壓縮檔
kb_add_url = 網頁、網站地圖或網站的網址
kb_add_as = 這個網址是什麼
topics_days = 往前多少天
kb_list_search = 標題或來源中的一個詞
kb_list_status = 只要這些
kb_show_document = 它的編號或來源
kb_remove_document = 編號或來源
kb_sync_source = 只要這一個
kb_search_query = 要查找什麼
kb_entry_question = 問題；不填則開啟視窗
kb_entry_answer = 答案
kb_entry_also = 其他問法，用 | 隔開
kb_entry_owner = 有疑問時問誰
kb_entry_expires = 最後有效的日期，如 2027-01-31
kb_entries_search = 問題或答案中的一個詞

## 可填寫內容及選項的名稱

name_question = 問題
name_request = 要求
name_private = 私下
name_file = 檔案
name_url = 網址
name_as = 類型
name_days = 天數
name_search = 搜尋
name_status = 狀態
name_document = 文件
name_source = 來源
name_query = 查找
name_answer = 答案
name_also = 其他問法
name_owner = 負責人
name_expires = 有效期限
name_page = 網頁
name_sitemap = 網站地圖
name_crawl = 整個網站
name_searchable = 可檢索
name_failed = 失敗

## 訊息選單中

answer_this = 回答這則訊息
add_this = 加入知識庫
correct_this = 更正這則回答

## 僅限管理員使用的

for_admins = { $what }（管理員）
