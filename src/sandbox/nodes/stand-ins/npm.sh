#!/bin/sh
exec @NODE@ @NPM@ "$@"
