"""Names of the fictional holders: Khmer letters and how a passport writes them, one pair between bars."""

from __future__ import annotations

from functools import cache

from khid_eval.card.khmer import canonical, fold_look_alikes

SURNAMES = """
សុខ SOK|ចាន់ CHAN|លី LY|ហេង HENG|គឹម KIM|អ៊ុក OUK|ជា CHEA|កែវ KEO|សេង SENG|ម៉ៅ MAO|ប៊ុន BUN|ឈឹម CHHIM|ទេព TEP|
នួន NUON|ពេជ្រ PICH|ផាត PHAT|មាស MEAS|យឹម YIM|រស់ ROS|លឹម LIM|វង្ស VONG|សំ SAM|សៀង SIENG|ស៊ាង SEANG|សួន SUON|
ហ៊ុន HUN|ហាក់ HAK|អ៊ឹម IM|អ៊ុំ OUM|ឡុង LONG|តាំង TAING|តាន់ TAN|ថន THORN|ទូច TOUCH|នុត NUTH|នី NY|ប៉ែន PEN|
ប្រាក់ PRAK|ផន PHORN|ផល PHAL|ពៅ POV|ភឿន PHOEURN|ម៉ម MORM|មុំ MOM|មុត MUTH|យស់ YOS|យន់ YORN|យ៉ែម YEM|រិន RIN|
រ័ត្ន ROTH|ឡាយ LAY|លួន LUON|វណ្ណ VANN|វ៉ាន់ VAN|សាន SAN|ស៊ិន SIN|ស៊ូ SOU|សឿន SOEUN|សុះ SOS|សាំង SANG|ហួត HUOT|
ហុង HONG|ហ៊ឹម HIM|ឡេង LENG|អ៊ាង EANG|អ៊ុង UNG|អ៊ូច OUCH|ឯម EM|កង KANG|កុយ KOY|ខៀវ KHIEV|ឃួន KHUON|ឃុន KHUN|
គង់ KONG|ងួន NGUON|ងិន NGIN|ង៉ែត NGETH|ចេង CHENG|ចាប CHAP|ឆាយ CHHAY|ឆេង CHHENG|ជីម CHIM|ឈាង CHHEANG|ឈួន CHHUON|
ឈុន CHHUN|ញ៉ែម NHEM|ដួង DUONG|ឌី DY|ឌឹម DIM|ទី TY|ធី THY|ធឿន THOEUN|នេត NET|នៅ NOV|បាន BAN|បូ BO|ប៉ាន់ PAN|
ប៉ុក POK|ប៉ូច POUCH|ផុន PHON|ពិន PIN|ភី PHY|ភួង PHUONG|មិន MIN|មួង MUONG|ម៉ាន MAN|ម៉េង MENG|យ៉ាន់ YAN|
រឿន ROEURN|រុន RUN|លាង LEANG|លន់ LON|វ៉ែន VEN|ស៊ឹម SIM|សួស SUOS|ស្វាយ SVAY|ហាស HAS|ហម HORM|ហេម HEM|អន ORN|
អាត ATH|អ៊ិន IN|អ៊ុន OUN|ឧក OUK|ឃឹម KHIM|ណុប NOP|តូច TOCH|ស្រ៊ុន SRUN|ស្រ៊ាង SREANG|ឡូ LO|ថាច់ THACH|
ត្រឹង TROEUNG
"""
"""Family names."""
GIVEN = """
សុភា SOPHEA|សុភាព SOPHEAP|សុភី SOPHY|ចាន់ថា CHANTHA|ចាន់ធី CHANTHY|ចាន់ណា CHANNA|ចាន់ថន CHANTHORN|ដារ៉ា DARA|
វិសាល VISAL|វិបុល VIBOL|សុខា SOKHA|សុខុម SOKHOM|សុខលី SOKLY|ពិសិដ្ឋ PISETH|ពិសី PISEY|ពិសាល PISAL|រតនា RATANA|
រតនៈ RATANAK|កុសល KOSAL|ចំរើន CHAMROEUN|សំណាង SAMNANG|សីហា SEYHA|មករា MAKARA|ធារី THEARY|ធារ៉ា THEARA|
និមល NIMUL|បញ្ញា PANHA|បូរី BOREY|បូរ៉ា BORA|ប៊ុនថន BUNTHORN|ប៊ុនរ៉ុង BUNRONG|ប៊ុនធឿន BUNTHOEUN|ប៊ុនលី BUNLY|
ប៊ុនណា BUNNA|ភារុណ PHEARUN|ភារម្យ PHEAROM|ភិរុណ PHIRUN|មុនី MONY|មុន្នី MONNY|មេសា MESA|រដ្ឋា RATHA|
រស្មី RASMEY|រិទ្ធី RITHY|វណ្ណា VANNA|វណ្ណៈ VANNAK|វណ្ណី VANNY|វាសនា VEASNA|វីរៈ VIREAK|វុទ្ធី VUTHY|
សម្បត្តិ SAMBATH|សារឿន SAROEUN|សារ៉េត SARETH|សារ៉ុន SARUN|សុវណ្ណ SOVANN|សុវណ្ណារ៉ា SOVANNARA|
សុវណ្ណារី SOVANNARY|សុផល SOPHAL|សុផាត SOPHAT|សុធារ៉ា SOTHEARA|សុធា SOTHEA|សេដ្ឋា SETHA|ស៊ីថា SITHA|ហេងលី HENGLY|
ហុងលី HONGLY|អមរា AMARA|អរុណ ARUN|ឧត្តម OUDOM|គន្ធា KUNTHEA|គឹមសេង KIMSENG|គឹមហុង KIMHONG|គឹមលាង KIMLEANG|
គឹមស៊ាង KIMSEANG|ជីវ័ន CHIVORN|ច័ន្ទរ៉ា CHANRA|ច័ន្ទបូរី CHANBOREY|ចិត្រា CHETRA|ឆៃយ៉ា CHHAIYA|ឈុនលី CHHUNLY|
ណារិន NARIN|ណារ៉ុង NARONG|តុលា TOLA|នរិន្ទ NORIN|ផល្លា PHALLA|ផល្លី PHALLY|ផានិត PHANITH|ពន្លឺ PONLEU|
ពេជ្រ PICH|ភក្តី PHEAKDEY|មង្គល MONGKUL|យុទ្ធា YUTHEA|រ៉ាវី RAVY|រចនា RACHANA|រ៉ាឌី RADY|វិជ្ជា VICHEA|
វិចិត្រ VICHET|វិសិទ្ធ VISETH|សុវត្ថិ SOVATH|សុរិយា SORIYA|សិរីវុធ SEREYVUTH|សុមេធ SOMETH|ពិរុណ PIRUN|
ឡុងឌី LONGDY|ម៉េងហួរ MENGHUOR|សុជាតិ SOCHEAT|ធីរិទ្ធ THYRITH|វឌ្ឍនា VATHANA|វឌ្ឍនៈ VATHANAK|ឫទ្ធី RITHY|
ឧសភា OUSAPHEA|ញ៉ាញ់ NHANH|ខេមរា KHEMARA|ខេម KHEM|សុឃីម SOKHIM|ផូ PHO|ឈាងហៃ CHHEANGHAI|ត្រី TREY|ឃ្លាំង KHLEANG|
ស៊ុនហេង SUNHENG|តារារិទ្ធ TARARITH|គីរី KIRY|ប្រាថ្នា PRATHNA|ថុនា THONA
"""
"""Given names of anybody."""
GIVEN_F = """
ស្រីមុំ SREYMOM|ស្រីនាង SREYNEANG|ស្រីពៅ SREYPOV|ស្រីលក្ខណ៍ SREYLEAK|ស្រីនិច SREYNICH|ស្រីរ័ត្ន SREYROTH|
ស្រីនួន SREYNUON|បុប្ផា BOPHA|កល្យាណ KALYAN|កញ្ញា KANHA|ធីតា THIDA|ទេវី TEVY|នារី NEARY|នីតា NITA|ម៉ាលី MALY|
ម៉ារី MARY|រីណា RINA|លីដា LIDA|លក្ខិណា LEAKHENA|លីណា LINA|សុមាលី SOMALY|ស៊ីណា SINA|សុគន្ធា SOKUNTHEA|
សម្ភស្ស SAMPHORS|ជីវី CHIVY|ចិន្តា CHENDA|ចរិយា CHARIYA|ឆវី CHHAVY|ណាវី NAVY|ណារី NARY|ថាវី THAVY|ថាវរី THAVARY|
ដាលីស DALIS|ដានី DANY|ធានី THEANY|សុផានី SOPHANY|ច័ន្ទមុន្នី CHANMONNY|មួយលាង MUYLEANG|គន្ធី KUNTHY|
សុជាតា SOCHEATA|មាលា MEALEA|រំដួល ROMDUOL|ម្លិះ MLIS|ឡៃហៀង LAYHEANG|កុលាប KOLAB|ផ្កា PHKA|ស្រីញ៉ែត SREYNHET|
សោភ័ណ SOPHORN
"""
"""Given names of women."""
FIRST = """
ចាន់ CHAN|គឹម KIM|ប៊ុន BUN|ហេង HENG|សុ SO|លាង LEANG|ម៉េង MENG|ច័ន្ទ CHAN|ធី THY|វណ្ណ VANN|សេង SENG|គួច KUOCH|
ហៃ HAI|រ៉ា RA|ញ៉ាន NHAN|ឆែ CHHE|ឃុន KHUN|ឌឿន DOEUN|ខេង KHENG|ភ័ស្ត PHORS|ថៃ THAI|យុគ YUK|ជឿន CHOEUN|ង៉ុន NGON|
ឡាំ LAM|ប្រុស PROS|ឈៀង CHHIENG|ដេ DE|ត្រៃ TRAI
"""
"""First halves of given names that are put together."""
SECOND = """
ថន THORN|ណា NA|រ៉ា RA|លី LY|ហ៊ាង HEANG|នី NY|វី VY|ទី TY|ធី THY|ម៉េង MENG|សេង SENG|រិទ្ធ RITH|ឡុង LONG|ឡេង LENG|
ហួរ HUOR|ជូ CHOU|ញ៉េប NHEB|ឆៃ CHHAI|គុណ KUN|សាក់ SAK|ឌូ DOU|ភួង PHUONG|អ៊ាវ EAV|ស្នា SNA|ឃី KHY|ផេង PHENG|
ប៉េង PENG|ខន KHORN|យ៉ា YA|វ៉ុន VON|ក្រឹម KROEM|ឈី CHHY
"""
"""Second halves of given names that are put together."""


def printed(text: str) -> str:
    """The canonical form with COENG TA for COENG DA, which no font tells apart."""
    return fold_look_alikes(canonical(text))


@cache
def pairs(block: str) -> tuple[tuple[str, str], ...]:
    """(Khmer, Latin) of each name in one of the blocks above."""
    found = (item.strip().rsplit(" ", 1) for item in block.replace("\n", "").split("|"))
    return tuple((printed(khmer), latin) for khmer, latin in found)
