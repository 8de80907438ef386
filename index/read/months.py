"""The names of the months as they stand in dates, in the languages of Europe.

Left out are those that two languages give to different months, like listopad and srp.
"""

_NAMES = """\
jan january januar jänner januari januára janvier janv enero ene gennaio gen janeiro tammikuuta
tammikuu stycznia styczeń sty leden ledna ianuarie ian január siječnja ocak oca января январь янв
січня січень січ януари ιανουαρίου ιανουάριος ιαν

feb february februar feber februari februára février févr fév febrero febbraio fevereiro fev
helmikuuta helmikuu lutego luty lut února únor februarie febr február veljače şubat şub февраля
февраль февр фев лютого лютий февруари φεβρουαρίου φεβρουάριος φεβ

mar march märz mrz maart mrt mars marts marzo março maaliskuuta maaliskuu marca marzec března
březen martie márc március ožujka mart марта март мар березня березень бер μαρτίου μάρτιος μαρ

apr april aprila apríla avril avr abril abr aprile huhtikuuta huhtikuu kwietnia kwiecień kwi dubna
duben aprilie ápr április travnja nisan nis апреля апрель апр квітня квітень кві април απριλίου
απρίλιος απρ

may mai maj mei mája mayo maggio mag maio toukokuuta toukokuu maja května květen máj május svibnja
mayıs мая май травня травень μαΐου μάιος μάι

jun june juni juin junio giugno giu junho kesäkuuta kesäkuu czerwca czerwiec cze června červen
júna iunie iun jún június lipnja haziran haz июня июнь июн червня червень юни ιουνίου ιούνιος ιουν

jul july juli juillet juil julio luglio lug julho heinäkuuta heinäkuu lipca lipiec července
červenec júla iulie iul júl július srpnja temmuz tem июля июль июл липня липень юли ιουλίου
ιούλιος ιουλ

aug august augusta augusti augustus août aoû agosto ago elokuuta elokuu sierpnia sierpień sie
srpna srpen augusztus kolovoza ağustos ağu августа август авг серпня серпень сер αυγούστου
αύγουστος αυγ

sep sept september septembra septembre septiembre setiembre settembre set setembro syyskuuta
syyskuu września wrzesień wrz září septembrie szept szeptember rujna eylül eyl сентября сентябрь
сент сен вересня вересень вер септември σεπτεμβρίου σεπτέμβριος σεπ

oct october oktober okt octobre octubre ottobre ott outubro out lokakuuta lokakuu października
październik paź října říjen októbra octombrie október ekim eki октября октябрь окт жовтня жовтень
жов октомври οκτωβρίου οκτώβριος οκτ

nov november novembre noviembre novembro marraskuuta marraskuu novembra noiembrie studenoga
studenog kasım kas ноября ноябрь нояб ноя листопада листопад ноември νοεμβρίου νοέμβριος νοε

dec december dezember dez desember des décembre déc diciembre dic dicembre dezembro joulukuuta
joulukuu grudnia grudzień gru prosince prosinec decembra decembrie prosinca aralık ara декабря
декабрь дек грудня грудень гру декември δεκεμβρίου δεκέμβριος δεκ
"""

MONTHS = {
    name: number for number, names in enumerate(_NAMES.split("\n\n"), 1) for name in names.split()
}
"""The number of each month, by its name in lower case, without the dot of an abbreviation."""
