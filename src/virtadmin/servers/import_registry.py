"""The formats many servers can be read from, in the order they are tried."""

from virtadmin.core.registry import Registry
from virtadmin.servers.import_format import ImportFormat
from virtadmin.servers.import_formats.ansible_ini import AnsibleIni
from virtadmin.servers.import_formats.ansible_yaml import AnsibleYaml
from virtadmin.servers.import_formats.csv_table import CsvTable
from virtadmin.servers.import_formats.plain import Plain
from virtadmin.servers.import_formats.ssh_config import SshConfig

FORMATS: Registry[ImportFormat] = Registry(SshConfig(), AnsibleIni(), AnsibleYaml(), CsvTable(), Plain())
