"""The words by which text tells of a person, or of anything but a person.

All in lower case without accents. They are ordinary words of French town halls: no
name of anybody is listed, so that what is found does not depend on the name.
"""

from __future__ import annotations

#: What is sent to a service rather than to somebody.
SERVICE_MAILBOXES = frozenset(
    """
    accueil administratif administration agence assainissement associations bibliotheque
    billetterie bourse cabinet camping cantine ccas centre cinema city collectivite
    com commune communaute communication compta comptabilite contact contacts cote
    courrier creche culture culturel data deliberations departement dgs direction
    domaine donnees dpo dsi eau eaux ecole ecoles elections emploi enfance enquetes
    environnement etatcivil etat evenement evenements facturation famille festival
    finances foyer gestion gymnase hello info infos informatique inscription
    inscriptions jeunesse jeux juridique ludotheque mairie maison marche marches
    mediatheque micro multiaccueil mairies musee musique office ouverture opendata
    open patrimoine parking petite piscine police population port portage presse
    proximite projet reservation reservations ressources restaurant restauration rgpd
    rh salle salles sante scolaire secretaire secretariat sejour service services site
    social sport sports stade standard supervision support syndicat technique
    techniques theatre tourisme transport transports travaux urbanisme vie ville
    voirie webmaster exploitation maintenance noreply bonjour equipe asso club comite
    bureau president presidente ot otsi conservatoire dechets dechetterie
    """.split()
)
#: Whoever gives a mailbox to anybody.
FREE_PROVIDERS = frozenset(
    """
    aliceadsl aol bbox caramail club-internet free gmail gmx hotmail icloud laposte
    live mac me msn neuf nordnet numericable orange outlook proton protonmail sfr
    voila wanadoo yahoo ymail
    """.split()
)
#: What a legal person's name holds, and a natural person's does not.
LEGAL_PERSONS = frozenset(
    """
    academie acca adil admr ados aide ainee ainees aines amicale amicales amies amis
    anciens ape apel aps aquatique art arts assistance asso association
    association1901 associations atelier ateliers athletic athletique automobile
    avenir aviron badminton bagad bagadou banque basket basketball batterie
    bibliotheque billard boule boules boxe budo caf caisse camera canoe cantine
    carnaval casino ccas centre cercle chambre chantier chantiers chasse chasseurs
    chats cheval choeur chorale cias cie cinema cirque citoyen citoyens club clubs
    collectif collectivite college comite comites communaute commune compagnie
    confederation conseil conservatoire consistoire coop cooperation cooperative
    coordination couture cric croix cuma cyclisme cyclo cyclos danse danses defense
    delegation departement diocese donneurs ecole ecoles edition editions eglise
    ehpad elan elevage enfance entente entraide entreprise entreprises epic equipe
    equitation esat escrime espace esperance espoirs etablissement etablissements
    etoile ets eurl evasion expression fanfare fc federation festival fete fetes
    filature fondation fonds foot football forum foyer futsal gaec garderie
    gendarmerie genealogie gie gip gite golf groupe groupement groupes gym
    gymnastique halte handball handisport harmonie historique hopital hospice
    humanitaire immobiliere independante industrie initiative institut institution
    instituts interprofession jardin jardins jeunesse joyeux judo jumelage karate
    lecture ligue loisirs ludotheque lycee mairie maison maisons maitres marche
    marches maternelle mediatheque metropole micro mission mjc mouvement municipal
    municipale musee musique mutuelle natation nationale nautique observatoire
    oeuvre oeuvres office ogec omnisports opera orchestre organisation ot parc
    parcours parents paroisse patrimoine patronage pays peche pecheurs pedagogique
    petanque petits photo ping planete plongee pompiers pongiste prevention
    producteurs protection quartier racing radio randonnee randonneurs recherche
    restaurants restos retraites roller rugby rural rurale samu sarl sas sasu
    sauvegarde sauvetage sca sci scic scop scout scouts secours sem senior seniors
    sep sgen shotokan sivom sivu skate slam snc sncf snsm societe soins solidaire
    solidaires solidarite solidarites souvenir spectacle spl sport sportif sporting
    sportive sports stade studio syndicale syndicat taekwondo team tennis territoire
    theatre tir tourisme touristique traditions trail transports triathlon troupe
    udaf union unions universitaire universite us usep vacances velo vigilance vins
    viticole voile volley volleyball volontaires vtt yoga zumba
    """.split()
)
#: What a beneficiary's name holds where it is a group, and any other text may hold.
GROUP_WORDS = frozenset(
    """
    action actions agence classe combattants corps don emploi enfants ensemble
    espoir familiale familles formation francais francaise habitants habitat
    histoire jeune jeunes lac lieu logement nature pole reseau ronde route sa sc
    section service services vie village ville
    """.split()
)
#: Where somebody lives: a title after it is a resident's.
DWELLINGS = frozenset({"appartement", "domicile", "logement", "maison", "villa"})
#: One person alone in business: both a firm and somebody.
SOLE_TRADERS = frozenset({"ei", "eirl", "autoentrepreneur", "microentrepreneur"})
#: What a place is, before the name that it was given.
PLACE_HEADS = frozenset(
    """
    aerodrome aire allee allees auditorium avenue barrage batiment bibliotheque bois
    boulevard bourg caserne carrefour centre chapelle chateau chemin cinema cimetiere
    cite clos collectif collegiale college complexe conservatoire cour cours creche
    dojo domaine dortoir ecole eglise ehpad escalier espace esplanade fontaine foret
    fort foyer gare giratoire gymnase halle hall hameau hopital hotel ile immeuble
    impasse institut jardin lavoir lieu lotissement lycee maison mail mairie manoir
    marche mediatheque montee moulin mur musee palais parc parking parvis passage
    passerelle piscine piste place plaine plage pole pont port porte promenade quai
    quartier residence rond route rue ruelle salle sente sentier site skatepark
    square stade statue terrain theatre tour traverse tribune velodrome venelle viaduc
    villa village voie zone
    """.split()
)
#: Places that bear a name in public; a dwelling or a field bears its owner's.
PUBLIC_PLACES = frozenset(
    """
    allee auditorium avenue bibliotheque boulevard carrefour chapelle chemin cinema
    college complexe conservatoire creche ecole ehpad espace esplanade giratoire
    gymnase halle hopital impasse lycee mediatheque musee parc passerelle piscine place
    pont quai rond-point rue ruelle salle square stade theatre tribune
    """.split()
)
#: Words before which a capital begins something else than somebody's first name.
NOT_FIRST_NAMES = (
    PLACE_HEADS
    | LEGAL_PERSONS
    | frozenset(
        """
    agent agents annee animateur aucun autre avant budget bulletin cadre carte
    categorie centre charte code commission compte contrat convention cotisation
    decision delegue dossier droit droits eau eaux element emplois etat etats etude
    exercice fiche france francais garde grade gaz haut intercommunal la le les loi
    loire lot madame mise monsieur nord notre nouveau nouvelle paris parcelle plan
    plu poste prefecture premier premiere procedure programme projet regie reseau
    saint sainte saints saintes schema sous sud est ouest tarif tarifs taxe
    territorial territoriale titre tous toutes travaux tresor tresorerie un une
    urbanisme val vente bas bureau adjoint technique temps non complet
    """.split()
    )
)
#: Elected and appointed offices: those who hold them are named in public.
OFFICES = frozenset(
    """
    adjoint adjointe conseiller conseillere conseillers depute deputee elu elue elus
    elues maire maires prefet prefete president presidente rapporteur rapporteure
    senateur senatrice delegue deleguee delegues suppleant suppleante titulaire dgs
    """.split()
)
#: After «adjoint», a grade of staff rather than an elected office.
STAFF_GRADES = frozenset(
    """
    administratif administrative animation d'animation du patrimoine technique
    territorial territoriale
    """.split()
)
#: Social aid: nobody who receives it is named (CADA, avis 20121509).
AID_WORDS = frozenset(
    """
    secours aide aides impaye impayes impayee surendettement hebergement indigent
    indigente precarite apa rsa allocation bons
    """.split()
)
#: Decisions about one member of staff (CRPA, D312-1-3, 1°; L311-6).
STAFF_WORDS = frozenset(
    """
    avancement cdi cdd cessation conge contrat demission detachement disciplinaire
    disponibilite embauche fonctionnelle imputabilite indemnisation invalidite
    licenciement maladie mutation nomination promotion radiation reclassement
    recrutement reintegration remplacement remuneration retraite revocation sanction
    stagiairisation suspension titularisation vacataire vacation
    """.split()
)
#: Debts, faults and judgements.
CONDUCT_WORDS = frozenset(
    """
    admission-en-non-valeur condamnation contentieux creance creances dette dettes
    ecretement expulsion infraction litige non-valeur non-valeurs poursuites
    recouvrement remise
    """.split()
)
#: Sales and purchases, which name a buyer and a price.
SALE_WORDS = frozenset(
    """
    achat acquereur acquisition alienation bail cession concession donation echange
    expropriation location loyer preemption servitude vente
    """.split()
)
#: Events of a life.
LIFE_WORDS = frozenset(
    """
    adoption bapteme deces divorce funerailles inhumation mariage mariages naissance
    obseques pacs parrainage
    """.split()
)
#: Words of file names that say nothing of anybody.
FILE_WORDS = frozenset(
    """
    a abrogation accord acte actes action actions administratif administrative
    adjoints adoption agent agents annee annexe annuel annuelle approbation arrete
    arretes association associations attribution au autorisation aux avec avenant avis
    bail batiment batiments bien bilan budget budgets bulletin cadre candidats cca ccas
    centre chemin chemins cm collective collectif collectifs comite commission
    commissions communal communale communales communaux communautaire commune compte
    comptes concession conseil conseiller conseillers contractuel contractuels contrat
    contrats convention conventions cp cr creation d dans date de decembre decision
    decisions del delegation delegations delegue delegues delib deliberation
    deliberations demande departement des designation deux dgs domaine dossier du dun
    dune e eau ecole ecoles election elections elu elus emploi emplois en enfance
    enquete ensemble entre entretien equipe et etat etats exceptionnel exceptionnelle
    exercice exterieur familles fevrier fin financement finances financier fixation
    foncier fonction fonctions fonds foret general generale gestion gestionnaire
    gymnase habitat halle il immeuble immobilier indemnite indemnites intercommunal
    janvier jeunes jeunesse juillet juin jury l la le les liste local locale locales
    locatif logement logements loi lot lots lotissement mai maire maires mairie maison
    marche marches mars medecin membre membres mise mission modification modifications
    monsieur municipal municipale municipales municipaux ndeg no nombre nouveau nouvelle
    novembre numero o octobre office organisation ouverture par parcelle parcelles
    partie patrimoine pdf periode periscolaire permanent permanents personne personnel
    personnes places plan plu pour poste postes premier presbytere president principal
    prise procedure proces programme projet propriete public publique publics pv
    qualite rapport recensement recenseur recenseurs referent refus regie regime
    regisseur regisseurs reglement remplacant renouvellement reseau reseaux restaurant
    restauration revision rh route rue rural ruraux saison saisonnier saisonniers salle
    sante sarl scolaire scolaires seance secretaire septembre service services sivom
    sivu social sociale sociales solidarite sport stade statut subvention subventions
    suppleant suppleants suppression sur syndicat tableau tarif tarifs taux taxe
    technique techniques temporaire temps terrain terrains titulaire titulaires
    tourisme travaux trois un une urbanisme vehicule vehicules vers ville vingt visa
    voirie vote voies zone aout avril
    """.split()
)
