<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_GB" sourcelanguage="en">
<context>
    <name>BatchPage</name>
    <message numerus="yes">
        <source>%n sheet(s) to look at (N)</source>
        <translation>
            <numerusform>%n sheet to look at (N)</numerusform>
            <numerusform>%n sheets to look at (N)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BatchScreen</name>
    <message numerus="yes">
        <source>%n page(s) of a feed that was cut off were recovered.</source>
        <translation>
            <numerusform>%n page of a feed that was cut off was recovered.</numerusform>
            <numerusform>%n pages of a feed that was cut off were recovered.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sheet(s) on the list.</source>
        <translation>
            <numerusform>%n sheet on the list.</numerusform>
            <numerusform>%n sheets on the list.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>… and %n more</numerusform>
            <numerusform>… and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CountLine</name>
    <message numerus="yes">
        <source>%n sheet(s) to come</source>
        <translation>
            <numerusform>%n sheet to come</numerusform>
            <numerusform>%n sheets to come</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n open point(s)</source>
        <translation>
            <numerusform>%n open point</numerusform>
            <numerusform>%n open points</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Feeder</name>
    <message numerus="yes">
        <source>%n page(s) landed</source>
        <translation>
            <numerusform>%n page landed</numerusform>
            <numerusform>%n pages landed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n page(s) are kept; F5 goes on.</source>
        <translation>
            <numerusform>%n page is kept; F5 goes on.</numerusform>
            <numerusform>%n pages are kept; F5 goes on.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FiguresScreen</name>
    <message numerus="yes">
        <source>%n signed file(s) sent back and replaced</source>
        <translation>
            <numerusform>%n signed file sent back and replaced</numerusform>
            <numerusform>%n signed files sent back and replaced</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PackageDialog</name>
    <message numerus="yes">
        <source>%n file(s) written or checked</source>
        <translation>
            <numerusform>%n file written or checked</numerusform>
            <numerusform>%n files written or checked</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s)</source>
        <translation>
            <numerusform>%n file</numerusform>
            <numerusform>%n files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fault(s)</source>
        <translation>
            <numerusform>%n fault</numerusform>
            <numerusform>%n faults</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PeopleDialog</name>
    <message numerus="yes">
        <source>%n wrong PIN(s)</source>
        <translation>
            <numerusform>%n wrong PIN</numerusform>
            <numerusform>%n wrong PINs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PinDialog</name>
    <message numerus="yes">
        <source>%n day(s) left</source>
        <translation>
            <numerusform>%n day left</numerusform>
            <numerusform>%n days left</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueueScreen</name>
    <message numerus="yes">
        <source>Code {code} · tried %n time(s)</source>
        <translation>
            <numerusform>Code {code} · tried %n time</numerusform>
            <numerusform>Code {code} · tried %n times</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) go out again.</source>
        <translation>
            <numerusform>%n file goes out again.</numerusform>
            <numerusform>%n files go out again.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Reviewing</name>
    <message numerus="yes">
        <source>Approve %n valid file(s)?</source>
        <translation>
            <numerusform>Approve %n valid file?</numerusform>
            <numerusform>Approve %n valid files?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) approved.</source>
        <translation>
            <numerusform>%n file approved.</numerusform>
            <numerusform>%n files approved.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) are of your own dossiers: somebody else approves them.</source>
        <translation>
            <numerusform>%n file is of your own dossier: somebody else approves it.</numerusform>
            <numerusform>%n files are of your own dossiers: somebody else approves them.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SearchScreen</name>
    <message numerus="yes">
        <source>%n place(s)</source>
        <translation>
            <numerusform>%n place</numerusform>
            <numerusform>%n places</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n dossier(s)</source>
        <translation>
            <numerusform>%n dossier</numerusform>
            <numerusform>%n dossiers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n page(s) and papers are still being indexed</source>
        <translation>
            <numerusform>%n page or paper is still being indexed</numerusform>
            <numerusform>%n pages and papers are still being indexed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message numerus="yes">
        <source>after %n minute(s) without a key</source>
        <translation>
            <numerusform>after %n minute without a key</numerusform>
            <numerusform>after %n minutes without a key</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Removed after %n day(s)</source>
        <translation>
            <numerusform>Removed after %n day</numerusform>
            <numerusform>Removed after %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StatusStrip</name>
    <message numerus="yes">
        <source>Queue: %n need attention</source>
        <translation>
            <numerusform>Queue: %n needs attention</numerusform>
            <numerusform>Queue: %n need attention</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Queue: %n waiting</source>
        <translation>
            <numerusform>Queue: %n waiting</numerusform>
            <numerusform>Queue: %n waiting</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitsStrip</name>
    <message numerus="yes">
        <source>%n dossier(s) wait to be signed at their level. Nothing is lost.</source>
        <translation>
            <numerusform>%n dossier waits to be signed at its level. Nothing is lost.</numerusform>
            <numerusform>%n dossiers wait to be signed at their level. Nothing is lost.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WorkPage</name>
    <message numerus="yes">
        <source>%n page(s) still being read</source>
        <translation>
            <numerusform>%n page still being read</numerusform>
            <numerusform>%n pages still being read</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n point(s) need your decision (F3)</source>
        <translation>
            <numerusform>%n point needs your decision (F3)</numerusform>
            <numerusform>%n points need your decision (F3)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n point(s) to look at (F3)</source>
        <translation>
            <numerusform>%n point to look at (F3)</numerusform>
            <numerusform>%n points to look at (F3)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_Counts</name>
    <message numerus="yes">
        <source>%n page(s)</source>
        <translation>
            <numerusform>%n page</numerusform>
            <numerusform>%n pages</numerusform>
        </translation>
    </message>
</context>
</TS>
