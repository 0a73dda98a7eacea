#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check-pure.py BUILD - base, fw, store, check, plan and a few files of host and emu do no input and no output: nm
says so.

Starts at the objects of those libraries, and at those files, and follows every undefined symbol into whatever object of the
project defines it, so that a detour through another folder is found too. What then is left undefined must
be one of the functions of libc and nettle below, which touch memory only. A build without sanitizers is wanted (they
bring symbols of their own).
"""
import subprocess
import sys
from pathlib import Path

PURE = ['base', 'fw', 'store', 'check', 'plan']
PURE_FILES = {'host': ['redact.c.o', 'redact_words.c.o', 'tar.c.o', 'walk.c.o'],
              'emu': ['message.c.o'],
              'rehearse': ['said.c.o', 'seen.c.o', 'steps.c.o', 'steps_memory.c.o', 'steps_picture.c.o',
                           'steps_start.c.o']}

# Where a pure file ends: what it calls there is not followed. The protocol of emu hands descriptors to guest memory
# and to interrupts, and closes those that neither wants.
BORDERS = {'emu': ['memory.c.o', 'interrupt.c.o']}
ALLOWED_IN = {'message.c.o': {'close'}}

ALLOWED = set("""
    memcpy memmove memset memcmp memchr memrchr memmem mempcpy bcmp
    strlen strnlen strcmp strncmp strcasecmp strncasecmp strchr strchrnul strrchr strstr strspn strcspn strpbrk
    strcpy stpcpy strncpy strdup strndup
    snprintf vsnprintf
    malloc calloc realloc reallocarray free
    bsearch qsort
    abort __assert_fail
    strtol strtoul strtoll strtoull strtod
    __memcpy_chk __memmove_chk __memset_chk __snprintf_chk __vsnprintf_chk __strcpy_chk __stpcpy_chk __strncpy_chk
    __isoc23_strtol __isoc23_strtoul __isoc23_strtoll __isoc23_strtoull
    nettle_sha256_init nettle_sha256_update nettle_sha256_digest
    __stack_chk_fail __stack_chk_guard _GLOBAL_OFFSET_TABLE_
""".split())

# libxml2, for store: a parser that is handed memory, and a look at its tree. Those of its functions that take a
# file's name, a descriptor or an address are not here, so they stay out.
ALLOWED |= set("""
    xmlNewParserCtxt xmlFreeParserCtxt xmlCtxtReadMemory xmlFreeDoc xmlDocGetRootElement xmlFree
    xmlGetLineNo xmlGetNoNsProp xmlHasNsProp xmlIsBlankNode xmlNodeGetContent xmlNodeListGetString xmlStrEqual
    xmlFreeNode xmlNewDocNode xmlNewDocText xmlNewNs xmlRemoveProp xmlSetProp xmlUnlinkNode
""".split())

# For fw: decoders that are handed memory, and libarchive over memory with the readers that run no program.
ALLOWED |= set("""
    lzma_raw_decoder lzma_stream_decoder lzma_alone_decoder lzma_code lzma_end lzma_raw_buffer_encode lzma_lzma_preset
    BrotliDecoderCreateInstance BrotliDecoderDestroyInstance BrotliDecoderDecompressStream
    inflate inflateInit2_ inflateEnd crc32
    ZSTD_createDStream ZSTD_freeDStream ZSTD_decompressStream ZSTD_isError
    LZ4_decompress_safe LZ4F_createDecompressionContext LZ4F_freeDecompressionContext LZ4F_decompress LZ4F_isError
    archive_read_new archive_read_free archive_read_open_memory archive_read_next_header
    archive_read_data_block archive_entry_is_data_encrypted
    archive_entry_pathname archive_entry_size archive_entry_size_is_set archive_entry_filetype archive_error_string
    archive_read_support_format_zip archive_read_support_format_7zip archive_read_support_format_rar
    archive_read_support_format_rar5 archive_read_support_format_cab archive_read_support_format_iso9660
    archive_read_support_format_tar archive_read_support_format_raw
    archive_read_support_filter_gzip archive_read_support_filter_xz archive_read_support_filter_bzip2
    archive_read_support_filter_zstd
""".split())


def symbols(obj):
    """(defined, undefined) symbols of an object file."""
    p = subprocess.run(['nm', '-P', obj], text=True, stdout=subprocess.PIPE, check=True)
    defined, undefined = set(), set()
    for line in p.stdout.splitlines():
        name, kind = line.split()[:2]
        name = name.split('@')[0]
        if kind == 'U':
            undefined.add(name)
        elif kind.isupper() or kind in 'vw':
            defined.add(name)
    return defined, undefined


def library_of(obj):
    """src/fw/libfw.a.p/dmar.c.o -> fw"""
    for part in obj.parts:
        if part.startswith('lib') and part.endswith('.a.p'):
            return part[3:-4]
    return None


def is_pure(obj):
    library = library_of(obj)
    return library in PURE or obj.name in PURE_FILES.get(library, [])


def is_border(obj):
    return obj.name in BORDERS.get(library_of(obj), [])


def trespasses(objects, start, borders=()):
    """What the objects of @start reach that is not allowed, each with the way there; and how many they reach.

    @objects: name -> (defined, undefined) symbols. @borders: those that are reached and not looked into.
    """
    defined_in = {s: o for o, (defined, _) in objects.items() for s in defined}
    came_from = {o: None for o in start}
    todo, found = list(start), []
    while todo:
        obj = todo.pop()
        for name in sorted(objects[obj][1]):
            other = defined_in.get(name)
            if other and other not in came_from and other not in borders:
                came_from[other] = obj
                todo.append(other)
            elif not other and name not in ALLOWED | ALLOWED_IN.get(Path(obj).name, set()):
                way, at = [], obj
                while at:
                    way.append(Path(at).name.removesuffix('.o'))
                    at = came_from[at]
                found.append(f'{name} is used by {" <- ".join(way)}')
    return found, len(came_from)


def main():
    build = Path(sys.argv[1])
    objects = {o: symbols(o) for o in sorted(build.glob('src/**/*.o'))}
    start = [o for o in objects if is_pure(o.relative_to(build))]
    if not start:
        print(f'no object of {", ".join(PURE)} below {build}')
        return 1
    found, n = trespasses(objects, start, {o for o in objects if is_border(o.relative_to(build))})
    print('\n'.join(found) if found else f'{n} objects')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
