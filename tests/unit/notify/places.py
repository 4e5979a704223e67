"""A small company to test with: two branches in one town, one elsewhere, a process, and people to ask."""

from services.notify.directory import Directory, load_directory

COMPANY = "harbour"

DIRECTORY_YAML = """
companies:
- {id: harbour, name: Harbourvale Bank, kind: bank, account: "@harbourvale"}
region_owners:
- {id: hv-north, name: Rosa Lind, company: harbour, email: rosa@harbour.example}
- {id: hv-south, name: Tom Abel, company: harbour, email: tom@harbour.example}
processes:
- id: hv-app
  company: harbour
  matter: mobile banking app
  public_name: our app
  topics: [website_app, security]
  owner: {name: Ida Brook, email: ida@harbour.example}
branches:
- id: camden-high
  company: harbour
  name: Camden High Street
  aliases: []
  address: 12 Camden High Street
  city: London
  region: Greater London
  country: GB
  postcode: NW1 0JH
  lat: 51.5362
  lon: -0.1400
  landmarks: []
  opening_hours: Mo-Fr 09:30-16:30
  timezone: Europe/London
  region_owner: hv-south
  manager: {name: Mia Cole, email: mia@harbour.example}
  deputy: {name: Dev Shah, email: dev@harbour.example}
- id: york-parliament
  company: harbour
  name: York Parliament Street
  aliases: [Parliament Street]
  address: 3 Parliament Street
  city: York
  region: North Yorkshire
  country: GB
  postcode: YO1 8SG
  lat: 53.9590
  lon: -1.0810
  landmarks: []
  opening_hours: Mo-Fr 09:30-16:30
  timezone: Europe/London
  region_owner: hv-north
  manager: {name: Ben Wood, email: ben@harbour.example}
- id: york-acomb
  company: harbour
  name: York Acomb
  aliases: [Acomb]
  address: 40 Front Street
  city: York
  region: North Yorkshire
  country: GB
  postcode: YO24 3BH
  lat: 53.9560
  lon: -1.1270
  landmarks: []
  opening_hours: Mo-Fr 09:30-16:30
  timezone: Europe/London
  region_owner: hv-north
  manager: {name: Ann Reed, email: ann@harbour.example}
"""


def a_directory() -> Directory:
    return load_directory(DIRECTORY_YAML, "directory.yaml")
