#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Do linux/tcpshake.h and tcpshake.yaml say the same? Every name, number, order,
# type and permission of one is looked for in the other, both ways. Numbers are
# those a compiler makes of the header. Needs no module, no root, no kernel.

DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
UAPI=${TCPSHAKE_DIR:-$DIR/..}/module/uapi
export UAPI CC="${CC:-cc}"

skip()
{
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit 4
}

# Not the first python3 there is: the one the package is for.
for PYTHON in python3 /usr/bin/python3; do
	"$PYTHON" -c 'import yaml' 2>/dev/null && break
	PYTHON=
done
[ -n "$PYTHON" ] || skip "python3 and python3-yaml are not here"
command -v "$CC" >/dev/null || skip "no C compiler here"
[ -r "$UAPI/tcpshake.yaml" ] || skip "the sources are not here"

exec "$PYTHON" - <<'PYTHON'
import os, re, subprocess, sys, tempfile
import yaml

UAPI = os.environ['UAPI']
HEADER = open(UAPI + '/linux/tcpshake.h').read()
SPEC = yaml.safe_load(open(UAPI + '/tcpshake.yaml'))
FAMILY = SPEC['name']

def c_name(text):
    return text.replace('-', '_').upper()

# --- the header ---

def without_comments(text):
    return re.sub(r'/\*.*?\*/', '', text, flags=re.S)

def header_enums():
    """enum name -> names of its constants in order."""
    enums = {}
    for name, body in re.findall(r'^enum (\w+) \{(.*?)^\};', without_comments(HEADER), re.M | re.S):
        enums[name] = re.findall(r'^\s*(\w+)\s*(?:=[^,]*)?,', body, re.M)
    return enums

def header_defines():
    """name -> text of every #define but the guard."""
    found = re.findall(r'^#define[ \t]+(\w+)[ \t]+(\S.*?)[ \t]*$', without_comments(HEADER), re.M)
    return dict(found)

def compiled(names):
    """name -> number, as a compiler sees it."""
    with tempfile.TemporaryDirectory() as tmp:
        with open(tmp + '/abi.c', 'w') as source:
            source.write('#include <stdio.h>\n#include <linux/tcpshake.h>\nint main(void)\n{\n')
            for name in names:
                source.write(f'\tprintf("{name} %lld\\n", (long long)({name}));\n')
            source.write('\treturn 0;\n}\n')
        subprocess.run([os.environ['CC'], '-I' + UAPI, '-o', tmp + '/abi', tmp + '/abi.c'],
                       check=True)
        out = subprocess.run([tmp + '/abi'], check=True, capture_output=True, text=True).stdout
    return {name: int(value) for name, value in (line.split() for line in out.splitlines())}

ENUMS = header_enums()
DEFINES = header_defines()
STRINGS = {name: text.strip('"') for name, text in DEFINES.items() if text.startswith('"')}
NUMBERS = compiled([n for names in ENUMS.values() for n in names] +
                   [n for n in DEFINES if n not in STRINGS])

def header_comments():
    """attribute -> the comment behind it."""
    return dict(re.findall(r'^\t(\w+_A_\w+),\s*/\* (.*?) \*/', HEADER, re.M))

COMMENTS = header_comments()

# --- the spec ---

SETS = {attr_set['name']: attr_set for attr_set in SPEC['attribute-sets']}

def numbered(items, start):
    value = start
    for item in items:
        item = {'name': item} if isinstance(item, str) else item
        value = item.get('value', value)
        yield item, value
        value += 1

def spec_definition(entry):
    prefix = entry.get('name-prefix', f"{FAMILY}-{entry['name']}-")
    pairs = [(c_name(prefix + item['name']), 1 << value if entry['type'] == 'flags' else value)
             for item, value in numbered(entry['entries'], 0)]
    return pairs, prefix if entry.get('render-max') else None

def set_prefix(attr_set):
    return attr_set.get('name-prefix', f"{FAMILY}-{attr_set['name']}-a-")

def attributes(attr_set):
    for item, value in numbered(attr_set['attributes'], 1):
        yield c_name(set_prefix(attr_set) + item['name']), value, item

def spec_enums():
    """enum name -> [(constant, number)], with what marks the end of it."""
    enums = {}
    for entry in SPEC['definitions']:
        if entry['type'] == 'const':
            continue
        pairs, prefix = spec_definition(entry)
        enums[c_name(f"{FAMILY}-{entry['name']}").lower()] = (pairs, prefix)
    for attr_set in SPEC['attribute-sets']:
        if 'enum-name' in attr_set:
            pairs = [(name, value) for name, value, _ in attributes(attr_set)]
            enums[c_name(attr_set['enum-name']).lower()] = (pairs, set_prefix(attr_set))
    prefix = f'{FAMILY}-cmd-'
    pairs = [(c_name(prefix + op['name']), value) for op, value in
             numbered(SPEC['operations']['list'], 1)]
    enums[c_name(SPEC['operations']['enum-name']).lower()] = (pairs, prefix)
    return enums

SPEC_ENUMS = spec_enums()

# --- the comparisons: each yields what is wrong ---

def same(what, header, spec):
    for item in header:
        if item not in spec:
            yield f'{what}: {item} only in the header'
    for item in spec:
        if item not in header:
            yield f'{what}: {item} only in the YAML'
    if sorted(map(str, header)) == sorted(map(str, spec)) and list(header) != list(spec):
        yield f'{what}: not in the same order'

def check_enum(name):
    pairs, prefix = SPEC_ENUMS[name]
    pairs = list(pairs)
    if prefix:
        pairs.append((c_name(f'--{prefix}max'), pairs[-1][1] + 1))
    yield from same(name, [(n, NUMBERS[n]) for n in ENUMS[name]], pairs)

def check_defines():
    expected = {c_name(f"{FAMILY}-{entry['name']}"): entry['value']
                for entry in SPEC['definitions'] if entry['type'] == 'const'}
    for pairs, prefix in SPEC_ENUMS.values():
        if prefix:
            expected[c_name(prefix + 'max')] = pairs[-1][1]
    expected[c_name(SPEC['c-version-name'])] = SPEC['version']
    found = {name: NUMBERS[name] for name in DEFINES if name not in STRINGS}
    yield from same('defines', sorted(found.items()), sorted(expected.items()))

def check_strings():
    expected = {c_name(SPEC['c-family-name']): FAMILY}
    for group in SPEC['mcast-groups']['list']:
        expected[c_name(group['c-define-name'])] = group['name']
    yield from same('names', sorted(STRINGS.items()), sorted(expected.items()))

def check_counters():
    """A nest of counters has an attribute for each value of its enum."""
    for set_name, enum in (('exits', 'exit'), ('outcomes', 'outcome'), ('states', 'state'),
                           ('unreachables', 'unreachable'),
                           ('evictions', 'eviction'), ('anomalies', 'anomaly')):
        attr_set = SETS[set_name]
        yield from same(set_name, SPEC_ENUMS[f'{FAMILY}_{enum}'][0],
                        [(name, value) for name, value, _ in attributes(attr_set)])
        for name, value, item in attributes(attr_set):
            if item['type'] != ('u64' if value else 'pad'):
                yield f'{set_name}: {name} is {item["type"]}'

def header_type(name):
    comment = COMMENTS.get(name, '')
    if '4 or 16 bytes' in comment:
        return 'binary', False
    found = re.match(r'(u8|u16|u32|u64|nest|binary)\b', comment)
    return found and found[1], 'network order' in comment or 'likewise' in comment

def nested_enum(attr_set):
    """The enum whose values are the attribute types of a nest."""
    return c_name(attr_set.get('enum-name', set_prefix(attr_set)[:-1])).lower()

def enum_of(comment):
    found = re.search(r'enum tcpshake_(\w+)', comment)
    return found and found[1]

def check_types():
    seen = set()
    for attr_set in SPEC['attribute-sets']:
        if 'enum-name' not in attr_set:
            continue
        for name, _, item in attributes(attr_set):
            if item['type'] in ('unused', 'pad'):
                continue
            seen.add(name)
            kind, big = header_type(name)
            is_port = item.get('byte-order') == 'big-endian'
            if name not in COMMENTS:
                yield f'{name}: the header does not say its type'
                continue
            if kind != item['type']:
                yield f'{name}: {kind} in the header, {item["type"]} in the YAML'
            if item['type'] == 'u16' and big != is_port:
                yield f'{name}: network order in one, not in the other'
            enum = item.get('enum')
            if item['type'] == 'nest':
                enum = nested_enum(SETS[item['nested-attributes']])[len(FAMILY) + 1:]
            if enum_of(COMMENTS[name]) != (enum and enum.replace('-', '_')):
                yield f'{name}: enum {enum_of(COMMENTS[name])} or {enum}?'
            repeats = re.search('; (repeated|one for each)', COMMENTS[name])
            if bool(item.get('multi-attr')) != bool(repeats):
                yield f'{name}: repeated in one, not in the other'
    for name in COMMENTS:
        if name not in seen:
            yield f'{name}: a type in the header only'

def check_prose():
    """The message tree at the top of the header knows every attribute."""
    tree = re.sub(r'\s*\n \*\s*', ' ', HEADER[:HEADER.index('#ifndef')])
    for attr_set in SPEC['attribute-sets']:
        if 'enum-name' not in attr_set:
            continue
        for _, _, item in attributes(attr_set):
            word = c_name(item['name'])
            if item['type'] not in ('unused', 'pad') and not re.search(rf'\b{word}\b', tree):
                yield f'{attr_set["name"]}: {word} is not in the message tree'

def check_permissions():
    """The list of commands at the top of the header: "!", do or dump."""
    head = HEADER[:HEADER.index('#ifndef')]
    listed = {c_name(f'{FAMILY}-cmd-{name}'): (bool(bang), kind) for name, bang, kind in
              re.findall(r'^ \*  ([A-Z_]+)\s+(! +)?(do|dump)\b', head, re.M)}
    spec = {}
    for op in SPEC['operations']['list']:
        for kind in ('do', 'dump'):
            if kind in op:
                spec[c_name(f"{FAMILY}-cmd-{op['name']}")] = (
                    'uns-admin-perm' in op.get('flags', []), kind)
    yield from same('commands', sorted(listed.items()), sorted(spec.items()))
    groups = {name: bool(bang) for name, bang in
              re.findall(r'^ \*  multicast group "(\w+)"\s*(!)?', head, re.M)}
    yield from same('groups', sorted(groups.items()),
                    sorted((g['name'], 'uns-admin-perm' in g.get('flags', []))
                           for g in SPEC['mcast-groups']['list']))

def check_ranges():
    limits = {'enabled': (0, 1),
              'linger': (NUMBERS['TCPSHAKE_LINGER_MIN'], NUMBERS['TCPSHAKE_LINGER_MAX']),
              'grace': (NUMBERS['TCPSHAKE_GRACE_MIN'], NUMBERS['TCPSHAKE_GRACE_MAX'])}
    for name in ('flood-floor', 'flood-pending', 'flood-hold', 'flood-learning'):
        limits[name] = tuple(NUMBERS[f'TCPSHAKE_{c_name(name)}_{end}'] for end in ('MIN', 'MAX'))
    for _, _, item in attributes(SETS['config']):
        if item['type'] == 'unused':
            continue
        checks = item.get('checks', {})
        found = checks.get('min', 0), checks.get('max')
        wanted = limits.get(item['name'], (NUMBERS['TCPSHAKE_TIMEOUT_MIN'],
                                           NUMBERS['TCPSHAKE_TIMEOUT_MAX']))
        if found != wanted:
            yield f'{item["name"]}: {found} in the YAML, {wanted} in the header'

TESTS = [('the same enums', lambda: same('enums', sorted(ENUMS), sorted(SPEC_ENUMS)))]
TESTS += [(name, lambda name=name: check_enum(name)) for name in sorted(SPEC_ENUMS.keys() & ENUMS)]
TESTS += [('limits and version', check_defines), ('family and groups', check_strings),
          ('counters', check_counters), ('types of attributes', check_types),
          ('the message tree', check_prose),
          ('commands and permissions', check_permissions), ('accepted ranges', check_ranges)]

print('TAP version 13')
print(f'1..{len(TESTS)}')
failed = 0
for number, (title, test) in enumerate(TESTS, 1):
    wrong = list(test())
    for line in wrong:
        print('#', line)
    print('not ok' if wrong else 'ok', number, title)
    failed += bool(wrong)
sys.exit(failed != 0)
PYTHON
