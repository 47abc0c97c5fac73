### Discord 中命令的说明。每条最多 100 个字符。

## 命令的作用

ask = 提一个问题；这里的所有人都能看到回答
why = 这里的上一个回答是怎样得出的
help = 机器人能做什么
forget_me = 删除机器人记住的关于您的内容
feedback = 没有帮助的回答及其原因
topics = 未解答的问题，按主题
kb = 回答所依据的文档
kb_add = 加载文件、网页或整个网站
kb_list = 列出文档
kb_show = 一份文档：来自哪里、给谁看、有多旧
kb_remove = 让所有回答都不再使用某些文档
kb_sync = 重新加载有变化的内容
kb_search = 一个问题能找到的段落
kb_entry = 把一个问题及其答案写入文档
kb_entries = 已录入的问答，可在此修改
kb_cancel = 停止您正在加载的内容

## 可以填写的内容

ask_question = 您想知道什么；不填则打开一个窗口
ask_file = 随问题一起阅读的文件
ask_private = 只在私信里回答我
plugin_request = 您想要什么
plugin_file = 要一并阅读的文件
kb_add_file = 一份文档，或文档的 ZIP 压缩包
kb_add_url = 网页、站点地图或网站的地址
kb_add_as = 这个地址是什么
topics_days = 往前多少天
kb_list_search = 标题或来源中的一个词
kb_list_status = 只要这些
kb_show_document = 它的编号或来源
kb_remove_document = 编号或来源
kb_sync_source = 只要这一个
kb_search_query = 要查找什么
kb_entry_question = 问题；不填则打开一个窗口
kb_entry_answer = 答案
kb_entry_also = 其他问法，用 | 隔开
kb_entry_owner = 有疑问时问谁
kb_entry_expires = 最后有效的日期，如 2027-01-31
kb_entries_search = 问题或答案中的一个词

## 可填写内容及选项的名称

name_question = 问题
name_request = 要求
name_private = 私下
name_file = 文件
name_url = 网址
name_as = 类型
name_days = 天数
name_search = 搜索
name_status = 状态
name_document = 文档
name_source = 来源
name_query = 查找
name_answer = 答案
name_also = 其他问法
name_owner = 负责人
name_expires = 有效期
name_page = 网页
name_sitemap = 站点地图
name_crawl = 整个网站
name_searchable = 可检索
name_failed = 失败

## 消息菜单中

answer_this = 回答这条消息
add_this = 加入知识库
correct_this = 更正这条回答

## 仅限管理员使用的

for_admins = { $what }（管理员）
