"""Simple policy 2 as a file for STOMP: the head of the queue takes the best type that is free."""

import logging

from stomp import BaseSchedulingPolicy


class SchedulingPolicy(BaseSchedulingPolicy):
    """The head of the queue tries its server types, the fastest first, and blocks."""

    def init(self, servers, stomp_stats, stomp_params):
        """Count the servers by type as the configuration has them."""
        self.servers = servers
        counts = stomp_params["simulation"]["servers"]
        self.of_type = {
            name: [server for server in servers if server.type == name] for name in counts
        }
        assert all(len(self.of_type[name]) == counts[name]["count"] for name in counts)

    def assign_task_to_server(self, sim_time, tasks):
        """Give the head of the queue to the first free server of the fastest type that has one."""
        if not tasks:
            return None
        for server_type, _service_time in tasks[0].mean_service_time_list:
            for server in self.of_type[server_type]:
                if not server.busy:
                    server.assign_task(sim_time, tasks.pop(0))
                    return server
        return None

    def remove_task_from_server(self, sim_time, server):
        """Log what ends."""
        logging.debug("[%10d] server %d finished", sim_time, server.id)

    def output_final_stats(self, sim_time):
        """Do nothing."""
