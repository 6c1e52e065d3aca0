"""The words of the genre: verbs that promise, words that bind a number, cues of the past, names that only look like numbers.

Lists of whole words, longest first where one begins another; written for any city's plan, and checked on held-back chapters.
"""

import re

from yuzhang.plan.model import Comparator


def _any(words: str) -> str:
    return "|".join(re.escape(w) for w in sorted(set(words.split()), key=len, reverse=True))


# Words that may stand between a verb and its number, or open a clause, and say nothing of the subject.
OPENING = _any(
    "力争 争取 努力 确保 全力 预计 累计 总体 合计 共计 稳步 逐步 逐年 进一步 全市 全省 全县 全区 全州 "
    "我市 我省 我县 我区 "
    "已有 现有 共有 年均 使 使得 其中 并 同时 以及 加快 大力 积极 持续 深入 着力 不断 扎实 适度 适时 超前 优先 尽快 率先 "
    "滚动 每年 五年内 五年间 规划期内 规划期末 今后五年 未来五年 期末 引导 鼓励 继续 推动 促进 支持 通过 "
    "加强 分批 面向全市 "
    "在全市 至少 平均每年 若干 一批 合力 谋划 探索 实现 保持 推进 提升 强化 区域内 辖区内 市域内 逐渐 "
    "大幅 届时 因地制宜 切实 严格 "
    "努力实现 力求 稳妥 精准 坚决 全方位 多渠道 协同 抓紧 务必 必须 、 把 拥有 接受 配备有"
)
# Adverbs that are also the beginning of nouns (重点实验室, 高标准农田): only before a verb.
OPENING_BEFORE_VERB = _any(
    "基本 全部 全面 全域 分别 有序 科学 统筹 高标准 高质量 高水平 高起点 集中 重点 主动 同步 有效 "
    "显著 稳定 各类 组织 重点支持 重点扶持 新 再 将 都 均 可 拟"
)
BEFORE_NUMBER = _any(
    "力争 争取 努力 确保 基本 全部 全面 都 将 可 能够 要 须 应 预计 累计 总体 合计 共计 总计 共 稳步 "
    "逐步 逐年 进一步 分别 平均 再 还 左右 也 "
    "不断 持续 每年 年均 每年均 五年 五年内 五年间 期间 规划期内 期末 年底前 平均每年 至少 后 各 一批 "
    "若干 至 末 了 的 到 为 在 每年度 年平均 市级以上 约 大约 近 ： :"
)
# Verbs whose subject reaches the number that follows: the subject stands before.
_REACHING: dict[Comparator, str] = {
    Comparator.ABOVE: "突破 超过 超 高于 大于 多于 过 跨越 优于 冲刺 冲击 力破 力超",
    Comparator.AT_LEAST: (
        "不低于 不少于 不小于 不短于 至少 至少达到 不得低于 不得少于 最低 大于等于 高于或等于 达到或超过 ≥ 保底"
    ),
    Comparator.AT_MOST: (
        "不超过 不高于 不大于 不多于 不得超过 不得高于 控制在 控制到 限制在 压缩在 最高 最多 小于等于 ≤ "
        "严控在 严格控制在"
    ),
    Comparator.BELOW: "低于 小于 少于 <",
    Comparator.ABOUT: "约 约为 大约 近 接近 约占 逼近 达约 为约",
    Comparator.GROWS_BY: "增长 增加 增幅达 提升 提高 扩大 上升 新增 净增 递增 增 增速达 年增 增加了 提高了",
    Comparator.EXACT: (
        "达到 达 实现 达成 跃上 迈上 站上 跨上 提高到 提高至 提升到 提升至 增加到 增加至 增至 增到 扩大到 扩大至 上升到 "
        "上升至 降至 降到 下降到 下降至 降低到 降低至 减少到 减少至 压减到 压减至 压缩到 压缩至 缩短到 "
        "缩短至 缩减到 缩减至 保持在 保持 稳定在 维持在 稳定 稳定到 恢复到 恢复至 发展到 发展至 增长到 "
        "增长至 提升为 为 是 在 占 占到 有 均有 拥有 均达到 均达 做到 完成 保留 下降 降低 减少 压减 削减 缩小 "
        "缩小到 缩小至 累计下降 累计降低 累计减少 累计 在于 位居 达标 平均为 均为 集聚 容纳 可达 可达到 "
        "延长到 延长至 拓展到 拓展至 壮大到 壮大至 延伸到 延伸至 迈向 升至 升到"
    ),
}
REACHES = {word: comparator for comparator, words in _REACHING.items() for word in words.split()}
FALLS = re.compile(r"(?:下降|降低|减少|压减|削减|缩小|下调|压缩|缩短|递减|降|减)$")
GROWTH_SUBJECT = re.compile(r"(?:增长率?|增速|增幅|降幅|增长速度|递增)(?:年均|保持|平均|力争|达|在|均|每年|为|稳定)*$")
YEARLY = re.compile(r"年均|每年|平均每年|年平均|年增|逐年")
# Verbs of an act: what is built, brought or kept stands after the verb.
# CORE verbs are verbs wherever they stand; the others also end nouns (技能培训, 小区改造) and count only beside the number
# or at the beginning of the clause.
CORE_ACTS = (
    "建成 再建 建成投产 建成投用 建成运营 建成运行 投入运营 建设完成 新建成 新建 改建 扩建 改扩建 新改扩建 新建改扩建 续建 迁建 "
    "新增 增设 增建 新设 新开 新开通 新辟 新培育 新引进 新认定 新创建 新招引 "
    "新引育 新评 新登记 培育 培养 培养造就 造就 培育壮大 培育形成 培育打造 培育发展 培育引进 引进培育 "
    "引进和培育 引进 引育 引入 引聚 引培 招引 招引落地 招募 打造 打造成 打造提升 创建 创建成 创成 争创 "
    "形成 建立 建设 规划建设 推进建设 加快建设 启动建设 支持建设 推动建设 完成 设立 选培 选拔 选育 选树 "
    "选派 选聘 评选 评定 认定 遴选 吸引 吸引集聚 集聚 聚集 汇聚 吸纳 承接 承办 举办 申办 开通 开行 开辟 "
    "开工 开工建设 竣工 推出 争取 申报 申创 筹集 筹建 配建 配备 配置 布局 布局建设 部署建设 "
    "规划布局 布设 修建 铺设 攻克 突破 搭建 构建 组建 打通 投放 购置 淘汰 关闭 更换 盘活 惠及 带动 "
    "解决 设置 建有 设有 均有 拥有 取得 获得 获批 做大 做强 做优 做大做强 扶持 创设 增配 加密 办好 开设 "
    "兴建 复建 建强 建好 建优 储备 梳理 谋划 谋划实施 滚动实施 实现 开展 组织 组织开展 实施 推进 推动 "
    "支持 制定 编制 制修订 主导制定 参与制定 牵头制定 参与 新植 补植 栽植 选出 诞生 涌现 招聘 招录 招收 "
    "扩大 拓展 新拓展 转移 安置 发放 提供 新增投放 安装 撬动 带动投资 促成 签约 达成"
)
OTHER_ACTS = (
    "增加 培训 容纳 投产 投用 改造 改造提升 提升改造 升级改造 整治 综合整治 治理 修复 创作 转化 孵化 生成 "
    "发布 研发 开发 打响 更新 更新改造 资助 造林 营造 规划 部署 布点 关停 退出 减少 "
    "压减 削减 消化 处置 出让 供应 供给 帮扶 救助 服务 覆盖 有 具备 建 设 增 保有 落户 落地 引领 "
    "入驻 接入 归集 开放 上线 创 种植 发展 做精 辐射 辐射带动 转移就业 带动就业 保障 保护 新发展 达到 达 "
    "选取 选择 "
    "修订 牵头 做实 办成 开办 上市 新上市 挂牌 新挂牌 股改 推荐 植树 绿化 种 播种 抚育 整合 收储 腾退 "
    "清退 清理 拆除 拆迁 征收 回收 利用 节约 扩容 融资 募集 发行 引资 投入 安排 补贴 奖励 招生 "
    "扩招 补充 轮训 普及 推广 应用 推广应用 示范 产生 开垦 复垦 恢复 恢复治理 加装 增装 装配 加固 疏浚 清淤 除险加固 "
    "建造 生产 确保 力争 至少建设 至少建成 至少有 保持"
)
STRONG_ACTS = f"{CORE_ACTS} {OTHER_ACTS}"
HALF_ACTS = (
    "推进 推动 实施 支持 开展 启动 启动实施 继续实施 组织实施 重点实施 深入实施 重点推进 持续推进 深入推进 加快推进 "
    "扎实推进 全面推进 统筹实施 鼓励 推行 加快 落实"
)
WEAK_ACTS = (
    f"{HALF_ACTS} 围绕 依托 加强 抓好 统筹推进 统筹 深化 完善 优化 发挥 聚焦 突出 做好 坚持 提升 强化 巩固 促进 健全 "
    "涵盖 包括 涉及 包含 分为 瞄准 立足 面向 按照 遵循 把握 融入 串联 连接 联动"
)
_CORE = _any(" ".join(w for w in CORE_ACTS.split() if w not in HALF_ACTS.split()))
_CORE = _CORE.replace("|争创", "|(?<!力)争创")
_STRONG = _any(" ".join(w for w in STRONG_ACTS.split() if w not in HALF_ACTS.split()))
_HALF = _any(HALF_ACTS)
_WEAK = _any(WEAK_ACTS)
# A verb's characters are part of a noun in these: 建设用地, 服务业, 研发经费, 建成区, 保障房, 覆盖率 …
_NOUNLIKE = (
    r"(?!劳动|用地|规模|面积|水平|强度|投入|经费|支出|费用|人员|机构|区(?!级|域)|业(?!主)|率|量|性|型|者|费|额|数|能力|指数|总量|"
    r"收入|人口|方案|计划|行动|器|库|粮|支付)"
)
STRONG_AT_END = re.compile(rf"(?:{_STRONG})(?:了|好|和|、|或|及)?$")
WEAK_AT_START = re.compile(rf"(?:{_WEAK})")
WEAK_AT_END = re.compile(rf"(?:{_WEAK})$")
ACT_INSIDE = re.compile(rf"(?:{_CORE}){_NOUNLIKE}")
HALF_AT_START = re.compile(rf"(?:{_HALF})")
ACT_AT_START = re.compile(
    rf"(?:(?:{_CORE}|{_WEAK}|改造|改造提升|提升改造|恢复治理|用好|接入|退出|化解|安装|种植|保障|整治|治理|修复|更新|规划|培训|容纳|增加|发展|资助|救助|帮扶|关停|压减|消化|出让|轮训|扩招|创作|转化|供应){_NOUNLIKE})(?:、|和|或|及|并|一批)?"
)
ADVERB_AT_END = re.compile(rf"(?:{BEFORE_NUMBER}|(?<![人户地])均)$")
ADVERB_AT_START = re.compile(rf"(?:{OPENING})(?=.{{2}})|(?:{OPENING_BEFORE_VERB})(?={_CORE}|{_WEAK})")
_REACH = "|".join(
    (r"(?<![人户地])" if w.startswith("均") else "") + re.escape(w) for w in sorted(REACHES, key=len, reverse=True)
)
REACH_AT_END = re.compile(f"(?:{_REACH})$")

FUTURE = re.compile(
    r"力争|争取|确保|努力|未来五年|今后五年|规划期|期末|计划(?=建|新|到|在|完成|引|打|投)|拟(?=建|新)|将(?=建|新|达|完成|引|打|实现)"
)
YEAR = re.compile(
    r"(?P<near>比|较|在|以|于|从|由|与|按)?(?P<year>20[0-6]\d|"
    r"二[〇零○][〇零○一二三四五六][〇零○一二三四五六七八九])\s?年(?P<span>(?:至|到|[-~])20\d\d\s?年)?"
    r"(?P<basis>的?基础|基数|水平|(?:底|末)?(?:以)?前(?:建成|竣工|投用))?"
)
PAST = re.compile(
    r"目前|现有(?=[^，。；]{0,6}\d)|现已|已经|已(?!知)|近年来|五年来|过去五年|多年来|历史性|同比|获评|荣获|获批以来|原有|曾经|"
    r"(?:常住|户籍|总)人口(?=\d)|地处|保有储量|(?<![一-龥]{4})(?:国土|土地|行政区域)?总面积(?=约?\d)|海拔|海岸线|(?:海域|湖面|水域|流域)面积(?=\d)|"
    r"(?:集聚|建成|形成|完成|实现|达到|取得|突破|增长|建立|引进|培育)了"
)
PAST_PERIOD = re.compile(
    r"十[一二三四五]五|五年来|五年间|近年来|过去|多年来|以来|时期|期间|20\d\d年?(?:至|到|[-~])20\d\d"
)
PAST_IN_CLAUSE = re.compile(r"已|原有|曾经|同比|历史性|获评|荣获")
PLAN_NAME = re.compile(r"“?十(?P<n>[一二三四五六七八九])五”?")
PAST_TITLE = re.compile(
    r"(?:发展|现实|工作|建设)基础|回顾|(?:发展|主要|历史性?|建设|重大|辉煌|显著)(?:成就|成效)|"
    r"取得.{0,12}成[就效]|成就$|发展环境|外部环境|环境条件|"
    r"(?:发展|面临|国际|国内|宏观|当前).{0,8}(?:形势|机遇|挑战|环境|问题)|机遇[与和、]?挑战|机遇$|挑战$|"
    r"现状|发展背景|发展条件|主要问题|存在.{0,4}问题|形势分析|形势研判"
)
FUTURE_TITLE = re.compile(r"目标|总体要求|定位|展望|愿景|思路|指导思想|任务|2035|二〇三五|布局")
VISION_TITLE = re.compile(r"远景|二〇三五|2035|二○三五")
FORECAST = re.compile(r"预计|预测|将面临")

# A number before these is a size of somebody else, a name, a phase or an age.
NAME_AFTER = re.compile(
    r"(?:GDP|地区生产总值|生产总值|工业增加值|产值|[A-Za-z]|强(?!村|镇|县|企)|代|期(?!货)|号|类水|类以上|"
    r"类标准|级|型|线城市|大(?:任务|工程|行动)|"
    r"维|元化|体化|位一体|步走|者|生态|一流|年代|世纪|周年|周岁|岁|月|时代|化|届|路|环|横|纵|核|轴|廊|带|"
    r"极|圈层|环线|分之|户万)"
)
PLANNED = re.compile(
    r"(?:规划|用地|占地|建筑|核心区|启动区|起步区|项目|园区|总体规划).{0,4}面积$|占地$|用地$|总投资$|"
    r"(?<!固定资产)(?<!民间)(?<!工业)(?<!完成)(?<!产业)(?<!技改)投资$|估算$|全长$|总长$|线路长$"
)
LISTED_NOUN = re.compile(
    r"(?:方面|原则|转变|统筹|维度|层次|机制|要素|环节|阶段|领域|体系|板块|关系|意识|自信|维护|任务|举措|"
    r"文明|革命|优势|抓手|目标|主题|轮子|确保|结合|坚持|工程|行动|专项行动|计划|战略|攻坚战|"
    r"战役|功能|方向|主线|城市|县区|区县|县市|市县|省份|国家|开发区|百年|市区|乡镇|街道|先行区|功能区|"
    r"片区|组团|中心城区|部门|系统|支柱产业|产业集群|主导产业|产业链|支点|圈层|走廊|部分|类型|轴带)"
)
ARTICLE = re.compile(
    r"一(?:个|批|种|条|项|件|次|支|部|张|体|块|类|些|系列|家|座|所|处|站|口|道|起|级|流|门|揽子|对|年|定|天|线|期|带|路|度|分|只|位|名|户|套|台|人|组|片|头|号|成|元)"
)
INHABITED = re.compile(r"(?:所辖|下辖|辖|共有|其余|另外|以全市|全市|上述|这|该|以|对|等|和|与)$")
CONCRETE = re.compile(
    r"(?:基地|中心|园|企业|公司|学校|高校|学院|大学|医院|项目|平台|机场|通道|大桥|桥梁|隧道|水库|公园|"
    r"车站|枢纽|实验室|小镇|机构|空间|场馆|博物馆|图书馆|码头|泊位|电站|电厂|线路|航线|高速|铁路|公路|道路|"
    r"街区|"
    r"社区|景区|综合体|酒店|剧院|体育馆|广场|试点|示范区|示范县|示范点|开发区|园区|港区|港|厂|站|馆|院|校|"
    r"店|库|桥|塔|路|所|圈|队|人才|团队|专家|工匠|品牌|产品|标准|专利|论坛|展会|赛事|活动|基金|集群|绿道|"
    r"廊道|风光带|航道|航班|专线|班列|街|城|村|镇|乡|县|区|市|户|亩|林|湖|河|湿地|片|楼|大厦|仓库|电厂|"
    r"装置|生产线|系统|课程|剧目|作品|节目|电影|丛书)$"
)
