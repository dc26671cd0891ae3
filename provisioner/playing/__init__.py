"""Playbooks run in guests by ansible-runner, with what they tell kept as evidence.

`ansible` runs any playbook and is the only home of ansible_runner; `hosts` and `access` say how guests are logged in to, and
`probing` asks its commands by these three. Above them, for migrations: `folders` has the playbooks that there are,
`arguments` what they take, `variables`
what one takes over from another, `checking` finds out beforehand what could not run, `play` runs one for an application, and
`telling` and `masking` make evidence of what Ansible tells.
"""
